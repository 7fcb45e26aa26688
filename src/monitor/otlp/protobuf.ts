/** How a field is written, its tag aside. */
type Write<T> = (bytes: Bytes, value: T) => void

/** The number of a field, and how its value is written. */
export interface FieldType {
  readonly number: number
  readonly wire: number
  readonly write: Write<never>
  readonly repeated?: boolean
}

/** The fields of a message, by their names in JSON. */
export type MessageType = readonly {
  readonly name: string
  readonly tag: number
  readonly write: Write<unknown>
  readonly repeated: boolean
}[]

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/** Characters from which on the platform's own encoder is faster. */
const LONG = 64

const utf8 = new TextEncoder()

/** Collects the bytes of a message; grows by doubling. */
class Bytes {
  #buffer: Uint8Array = new Uint8Array(1024)
  #view: DataView = new DataView(this.#buffer.buffer)
  length = 0

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.subarray(0, this.length))
  }

  varint(value: number | bigint): void {
    this.#reserve(10)
    if (typeof value === 'number' && value >= 0 && value <= 0x7fff_ffff) this.#short(value)
    else this.#long(value)
  }

  /** Tags, lengths and most integers: without big ones, which take many times as long. */
  #short(value: number): void {
    let left = value
    while (left > 127) {
      this.#buffer[this.length++] = (left & 127) | 128
      left >>>= 7
    }
    this.#buffer[this.length++] = left
  }

  #long(value: number | bigint): void {
    let left = BigInt.asUintN(64, BigInt(value))
    while (left > 127n) {
      this.#buffer[this.length++] = Number(left & 127n) | 128
      left >>= 7n
    }
    this.#buffer[this.length++] = Number(left)
  }

  fixed32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  fixed64(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigUint64(this.length, value, true)
    this.length += 8
  }

  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** Its length, and the text in UTF-8. */
  text(value: string): void {
    const start = this.begin()
    this.#reserve(value.length * 3)
    if (value.length >= LONG || !this.#ascii(value)) {
      this.length += utf8.encodeInto(value, this.#buffer.subarray(this.length)).written
    }
    this.end(start)
  }

  /** Writes a text without other characters than those of ASCII; says whether it was one. */
  #ascii(value: string): boolean {
    const start = this.length
    for (let at = 0; at < value.length; at += 1) {
      const code = value.charCodeAt(at)
      if (code > 127) {
        this.length = start
        return false
      }
      this.#buffer[this.length++] = code
    }
    return true
  }

  /** The length, and the bytes that hexadecimal digits stand for. */
  hex(digits: string): void {
    const length = digits.length >> 1
    this.varint(length)
    this.#reserve(length)
    for (let at = 0; at < digits.length - 1; at += 2) {
      this.#buffer[this.length++] = (digit(digits, at) << 4) | digit(digits, at + 1)
    }
  }

  /** Begins what has its length before it. Returns what `end` is to be given. */
  begin(): number {
    // Most are shorter than 128 bytes: room for a length of one byte, and more is made where it is needed.
    this.#reserve(1)
    this.length += 1
    return this.length
  }

  end(start: number): void {
    const length = this.length - start
    let more = 0
    for (let left = length >>> 7; left > 0; left >>>= 7) more += 1
    if (more > 0) {
      this.#reserve(more)
      this.#buffer.copyWithin(start + more, start, this.length)
    }
    this.length = start - 1
    this.#short(length)
    this.length += length
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.length + more))
    grown.set(this.#buffer)
    this.#buffer = grown
    this.#view = new DataView(grown.buffer)
  }
}

function digit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  // 0 to 9, and a to f in either case.
  return code < 58 ? code - 48 : (code & 15) + 9
}

/**
 * Writes a message in the binary form of Protocol Buffers (proto3), from the same object that is its
 * JSON form. Fields without a value are left out, and so are unknown ones.
 */
export function toProtobuf(message: object, type: MessageType): Uint8Array<ArrayBuffer> {
  const bytes = new Bytes()
  writeMessage(bytes, message, type)
  return bytes.take()
}

function writeMessage(bytes: Bytes, message: object, type: MessageType): void {
  for (const { name, tag, write, repeated } of type) {
    const value = (message as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || value === null) continue
    if (!repeated) {
      bytes.varint(tag)
      write(bytes, value)
      continue
    }
    for (const item of value as readonly unknown[]) {
      bytes.varint(tag)
      write(bytes, item)
    }
  }
}

/** The type of a message with these fields. */
export function messageOf(fields: Readonly<Record<string, FieldType>>): MessageType {
  return Object.entries(fields).map(([name, { number, wire, write, repeated = false }]) => ({
    name,
    tag: (number << 3) | wire,
    write: write as Write<unknown>,
    repeated,
  }))
}

const scalar =
  <T>(wire: number, write: Write<T>) =>
  (number: number): FieldType => ({ number, wire, write })

const writeFixed64: Write<string> = (bytes, value) => bytes.fixed64(BigInt(value))
const writeDouble: Write<number | string> = (bytes, value) => bytes.double(Number(value))
const writeInteger: Write<number | string> = (bytes, value) => {
  const number = Number(value)
  bytes.varint(Number.isSafeInteger(number) ? number : BigInt(value))
}

export const string: (number: number) => FieldType = scalar<string>(LENGTH, (bytes, value) =>
  bytes.text(value),
)
/** Bytes, which the JSON of OTLP writes in hexadecimal. */
export const id: (number: number) => FieldType = scalar<string>(LENGTH, (bytes, value) =>
  bytes.hex(value),
)
export const bool: (number: number) => FieldType = scalar<boolean>(VARINT, (bytes, value) =>
  bytes.varint(value ? 1 : 0),
)
export const enumeration: (number: number) => FieldType = scalar(VARINT, writeInteger)
export const int64: (number: number) => FieldType = scalar(VARINT, writeInteger)
export const fixed32: (number: number) => FieldType = scalar<number>(FIXED32, (bytes, value) =>
  bytes.fixed32(value),
)
export const fixed64: (number: number) => FieldType = scalar(FIXED64, writeFixed64)
export const double: (number: number) => FieldType = scalar(FIXED64, writeDouble)

/** Any number of them, all behind one tag. */
function packed<T>(number: number, write: Write<T>): FieldType {
  return {
    number,
    wire: LENGTH,
    write: (bytes: Bytes, values: readonly T[]) => {
      const start = bytes.begin()
      for (const value of values) write(bytes, value)
      bytes.end(start)
    },
  }
}

export const manyFixed64 = (number: number): FieldType => packed(number, writeFixed64)
export const manyDoubles = (number: number): FieldType => packed(number, writeDouble)

/** A message within the message. */
export function one(number: number, type: MessageType): FieldType {
  return {
    number,
    wire: LENGTH,
    write: (bytes: Bytes, value: object) => {
      const start = bytes.begin()
      writeMessage(bytes, value, type)
      bytes.end(start)
    },
  }
}

/** Any number of messages, each behind a tag of its own. */
export function many(number: number, type: MessageType): FieldType {
  return { ...one(number, type), repeated: true }
}
