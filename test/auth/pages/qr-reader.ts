/** Reads a QR code as a phone does after it has found it: format, mask, words in turn, bytes. */

/** The dark modules of a picture in a page, by rows. */
export function modulesOf(html: string): boolean[][] {
  const width = Number(/<svg class="qr"[^>]*viewBox="-4 -4 (\d+)/.exec(html)?.[1]) - 8
  const dark = Array.from({ length: width }, () => new Array<boolean>(width).fill(false))
  for (const [, x, y] of html.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    const row = dark[Number(y)]
    if (row) row[Number(x)] = true
  }
  return dark
}

/** How the words of level M are cut into blocks, by version: how many, and words of correction in each. */
const BLOCKS: Readonly<Record<number, readonly [number, number]>> = {
  5: [2, 24],
  6: [4, 16],
  7: [4, 18],
  8: [4, 22],
  9: [5, 22],
  10: [5, 26],
}
const CENTRES: Readonly<Record<number, readonly number[]>> = {
  5: [6, 30],
  6: [6, 34],
  7: [6, 22, 38],
  8: [6, 24, 42],
  9: [6, 26, 46],
  10: [6, 28, 50],
}

/** The text of a code of level M, mask 0, and one of the versions above. */
export function readQrCode(dark: readonly (readonly boolean[])[]): string {
  const size = dark.length
  const version = (size - 17) / 4
  const [count = 1, correction = 0] = BLOCKS[version] ?? []
  const format = Array.from({ length: 8 }, (_, at) => (dark[8]?.[size - 1 - at] ? 1 : 0))
  if (format.join('') !== '01001000') throw new Error(`another format: ${format.join('')}`)
  const words = wordsOf(dark, centresTaken(version, size))
  const data = words.length - count * correction
  const short = Math.floor(data / count)
  const blocks = Array.from({ length: count }, (_, block) => {
    const row = Array.from({ length: short }, (_, at) => words[at * count + block] ?? 0)
    const extra = words[short * count + block - (count - (data % count))]
    return block >= count - (data % count) ? [...row, extra ?? 0] : row
  })
  const bits = blocks
    .flat()
    .map((word) => word.toString(2).padStart(8, '0'))
    .join('')
  const head = version < 10 ? 12 : 20
  const length = Number.parseInt(bits.slice(4, head), 2)
  const bytes = Array.from({ length }, (_, at) => {
    return Number.parseInt(bits.slice(head + at * 8, head + at * 8 + 8), 2)
  })
  return new TextDecoder().decode(new Uint8Array(bytes))
}

/** Whether a module belongs to a pattern. */
function centresTaken(version: number, size: number): (row: number, column: number) => boolean {
  const centres = CENTRES[version] ?? []
  const last = size - 7
  return (row, column) => {
    if (row === 6 || column === 6) return true
    if (row < 9 && (column < 9 || column >= size - 8)) return true
    if (row >= size - 8 && column < 9) return true
    if (version >= 7 && row < 6 && column >= size - 11) return true
    if (version >= 7 && column < 6 && row >= size - 11) return true
    return centres.some((y) =>
      centres.some((x) => {
        const corner = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6)
        return !corner && Math.abs(row - y) <= 2 && Math.abs(column - x) <= 2
      }),
    )
  }
}

function wordsOf(
  dark: readonly (readonly boolean[])[],
  taken: (row: number, column: number) => boolean,
): number[] {
  const size = dark.length
  const bits: number[] = []
  const pairs = [...Array(size).keys()].filter((x) => x % 2 === (x > 6 ? 0 : 1)).reverse()
  for (const [pair, right] of pairs.entries()) {
    for (let step = 0; step < size; step++) {
      const row = pair % 2 === 0 ? size - 1 - step : step
      for (const column of [right, right - 1]) {
        if (taken(row, column)) continue
        bits.push(Number(dark[row]?.[column] !== ((row + column) % 2 === 0)))
      }
    }
  }
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2),
  )
}
