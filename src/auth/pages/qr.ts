import { createErrorCorrection } from './qr-error-correction.ts'

/** Dark modules, by rows. */
export type QrCode = readonly (readonly boolean[])[]

/** Level M of versions 1 to 16: codewords of error correction in each block, and how many blocks. */
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10]
/** Mask 0 and level M, with their error correction (ISO/IEC 18004, 7.9). */
const FORMAT = 0b101010000010010

/**
 * Draws text as a QR code (ISO/IEC 18004), in bytes at level M with mask 0: every reader reads every mask.
 * Undefined for text that does not fit, of 450 bytes and more.
 */
export function createQrCode(text: string): QrCode | undefined {
  const bytes = new TextEncoder().encode(text)
  const version = BLOCKS.findIndex((_, at) => bitsOf(at + 1, bytes) <= dataOf(at + 1) * 8) + 1
  if (version === 0) return undefined
  const canvas = createCanvas(version * 4 + 17)
  drawPatterns(canvas, version)
  drawData(canvas, interleave(encode(bytes, version), version))
  return canvas.dark
}

function bitsOf(version: number, { length }: Uint8Array): number {
  return 4 + (version < 10 ? 8 : 16) + length * 8
}

/** Codewords of a version, without its patterns. */
function codewordsOf(version: number): number {
  const between = version === 1 ? 0 : Math.floor(version / 7) + 2
  const whole = (16 * version + 128) * version + 64
  const alignment = between === 0 ? 0 : (25 * between - 10) * between - 55
  return Math.floor((whole - alignment - (version >= 7 ? 36 : 0)) / 8)
}

function dataOf(version: number): number {
  return codewordsOf(version) - (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0)
}

/** The text in its mode, ended and filled up. */
function encode(bytes: Uint8Array, version: number): number[] {
  const capacity = dataOf(version) * 8
  const length = bytes.length.toString(2).padStart(version < 10 ? 8 : 16, '0')
  const content = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  const ended = `0100${length}${content}0000`.slice(0, capacity)
  const bits = ended.padEnd(Math.ceil(ended.length / 8) * 8, '0')
  const words = Array.from({ length: bits.length / 8 }, (_, at) =>
    Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2),
  )
  for (let pad = 0; words.length < capacity / 8; pad++) words.push(pad % 2 === 0 ? 0xec : 0x11)
  return words
}

/** Blocks, the shorter ones first, with their error correction, word by word in turn. */
function interleave(words: readonly number[], version: number): number[] {
  const count = BLOCKS[version - 1] ?? 1
  const short = Math.floor(words.length / count)
  const longer = words.length % count
  const correct = createErrorCorrection(CORRECTION[version - 1] ?? 0)
  let at = 0
  const blocks = Array.from({ length: count }, (_, index) => {
    const data = words.slice(at, at + short + (index >= count - longer ? 1 : 0))
    at += data.length
    return { data, correction: correct(data) }
  })
  const inTurn = (lists: readonly (readonly number[])[]) =>
    Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, row) =>
      lists.flatMap((list) => list[row] ?? []),
    ).flat()
  return [
    ...inTurn(blocks.map(({ data }) => data)),
    ...inTurn(blocks.map(({ correction }) => correction)),
  ]
}

interface Canvas {
  readonly size: number
  readonly dark: boolean[][]
  /** What belongs to a pattern and holds no data. */
  readonly taken: boolean[][]
  set(row: number, column: number, dark: boolean): void
}

function createCanvas(size: number): Canvas {
  const blank = () => Array.from({ length: size }, () => new Array<boolean>(size).fill(false))
  const [dark, taken] = [blank(), blank()]
  return {
    size,
    dark,
    taken,
    set(row, column, value) {
      const [darkRow, takenRow] = [dark[row], taken[row]]
      if (!darkRow || !takenRow || column < 0 || column >= size) return
      darkRow[column] = value
      takenRow[column] = true
    },
  }
}

function drawPatterns(canvas: Canvas, version: number): void {
  const { size, set } = canvas
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const) {
    drawRings(canvas, { row, column, reach: 4 })
  }
  const centres = centresOf(version)
  const last = centres.length - 1
  for (const [i, row] of centres.entries()) {
    for (const [j, column] of centres.entries()) {
      const corner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)
      if (!corner) drawRings(canvas, { row, column, reach: 2 })
    }
  }
  drawFormat(canvas)
  if (version >= 7) drawVersion(canvas, version)
}

/** A square within a ring: the finders, with the light ring around them, and the small ones for alignment. */
function drawRings(
  { set }: Canvas,
  { row, column, reach }: { row: number; column: number; reach: number },
): void {
  for (let down = -reach; down <= reach; down++) {
    for (let across = -reach; across <= reach; across++) {
      const ring = Math.max(Math.abs(down), Math.abs(across))
      set(row + down, column + across, reach === 4 ? ring !== 2 && ring !== 4 : ring !== 1)
    }
  }
}

function centresOf(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2
  const end = version * 4 + 10
  return [6, ...Array.from({ length: count - 1 }, (_, at) => end - (count - 2 - at) * step)]
}

function drawFormat({ size, set }: Canvas): void {
  for (let bit = 0; bit < 15; bit++) {
    const dark = ((FORMAT >> bit) & 1) === 1
    const near = bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit
    const far = bit < 8 ? size - 1 - bit : bit === 8 ? 7 : 14 - bit
    set(near, 8, dark)
    set(8, far, dark)
  }
  set(size - 8, 8, true)
}

/** From version 7 on, the version with its error correction stands beside two finders. */
function drawVersion({ size, set }: Canvas, version: number): void {
  let rest = version
  for (let step = 0; step < 12; step++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25)
  const bits = (version << 12) | rest
  for (let bit = 0; bit < 18; bit++) {
    const dark = ((bits >> bit) & 1) === 1
    const [near, far] = [Math.floor(bit / 3), size - 11 + (bit % 3)]
    set(near, far, dark)
    set(far, near, dark)
  }
}

/** In pairs of columns from the right, up and down in turn, past what is taken; masked on the way. */
function drawData({ size, dark, taken }: Canvas, words: readonly number[]): void {
  let bit = 0
  let up = true
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      const row = up ? size - 1 - step : step
      for (const column of [right, right - 1]) {
        if (taken[row]?.[column]) continue
        const word = words[bit >> 3] ?? 0
        const value = ((word >> (7 - (bit & 7))) & 1) === 1
        ;(dark[row] as boolean[])[column] = value !== ((row + column) % 2 === 0)
        bit++
      }
    }
    up = !up
  }
}
