/** Multiplies in the field of 256 elements of QR codes, of the polynomial 0x11D. */
function multiply(one: number, two: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    if ((two >> bit) & 1) product ^= one
  }
  return product
}

/** Creates what gives a block its codewords of error correction (Reed and Solomon). */
export function createErrorCorrection(count: number): (data: readonly number[]) => number[] {
  const divisor = new Array<number>(count).fill(0)
  divisor[count - 1] = 1
  let root = 1
  for (let step = 0; step < count; step++) {
    for (let at = 0; at < count; at++) {
      divisor[at] = multiply(divisor[at] ?? 0, root) ^ (divisor[at + 1] ?? 0)
    }
    root = multiply(root, 2)
  }
  return (data) => {
    const remainder = new Array<number>(count).fill(0)
    for (const word of data) {
      const factor = word ^ (remainder.shift() ?? 0)
      remainder.push(0)
      for (let at = 0; at < count; at++) {
        remainder[at] = (remainder[at] ?? 0) ^ multiply(divisor[at] ?? 0, factor)
      }
    }
    return remainder
  }
}
