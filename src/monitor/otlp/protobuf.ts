/** How a field is written: its number and the type of its value. */
export interface FieldType {
  readonly number: number
  readonly type:
    | 'string'
    | 'id'
    | 'bool'
    | 'enum'
    | 'int64'
    | 'fixed32'
    | 'fixed64'
    | 'double'
    | MessageType
  readonly repeated?: boolean
}

/** The fields of a message by their names in JSON. */
export interface MessageType {
  readonly [field: string]: FieldType
}

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

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

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#buffer.set(value, this.length)
    this.length += value.length
  }

  /** Writes what `write` does, with its length before it. */
  measured(write: () => void): void {
    // Most are shorter than 128 bytes: room for a length of one byte, and more is made where it is needed.
    this.#reserve(1)
    const start = this.length
    this.length += 1
    write()
    const length = this.length - start - 1
    let more = 0
    for (let left = length >>> 7; left > 0; left >>>= 7) more += 1
    this.#reserve(more)
    const end = this.length + more
    if (more > 0) this.#buffer.copyWithin(start + 1 + more, start + 1, this.length)
    this.length = start
    this.varint(length)
    this.length = end
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.length + more))
    grown.set(this.#buffer)
    this.#buffer = grown
    this.#view = new DataView(grown.buffer)
  }
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
  for (const [name, value] of Object.entries(message)) {
    const field = type[name]
    if (!field || value === undefined || value === null) continue
    if (!field.repeated) writeField(bytes, field, value)
    else if (isPacked(field)) writePacked(bytes, field, value)
    else for (const item of value) writeField(bytes, field, item)
  }
}

function isPacked({ type }: FieldType): boolean {
  return type === 'fixed64' || type === 'double'
}

function writePacked(bytes: Bytes, field: FieldType, values: readonly unknown[]): void {
  if (values.length === 0) return
  tag(bytes, field, LENGTH)
  bytes.varint(values.length * 8)
  for (const value of values) writeValue(bytes, field, value)
}

function writeField(bytes: Bytes, field: FieldType, value: unknown): void {
  tag(bytes, field, wireOf(field))
  writeValue(bytes, field, value)
}

function tag(bytes: Bytes, { number }: FieldType, wire: number): void {
  bytes.varint((number << 3) | wire)
}

function wireOf({ type }: FieldType): number {
  if (type === 'bool' || type === 'enum' || type === 'int64') return VARINT
  if (type === 'fixed64' || type === 'double') return FIXED64
  return type === 'fixed32' ? FIXED32 : LENGTH
}

function writeValue(bytes: Bytes, { type }: FieldType, value: unknown): void {
  if (typeof type === 'string') WRITERS[type](bytes, value)
  else bytes.measured(() => writeMessage(bytes, value as object, type))
}

const writeInteger = (bytes: Bytes, value: unknown): void => {
  bytes.varint(BigInt(value as string | number))
}

const WRITERS: Readonly<
  Record<Exclude<FieldType['type'], MessageType>, (bytes: Bytes, value: unknown) => void>
> = {
  string: (bytes, value) => writeBytes(bytes, utf8.encode(String(value))),
  id: (bytes, value) => writeBytes(bytes, fromHex(String(value))),
  bool: (bytes, value) => bytes.varint(value ? 1 : 0),
  enum: writeInteger,
  int64: writeInteger,
  fixed32: (bytes, value) => bytes.fixed32(value as number),
  fixed64: (bytes, value) => bytes.fixed64(BigInt(value as string)),
  double: (bytes, value) => bytes.double(Number(value)),
}

function writeBytes(bytes: Bytes, value: Uint8Array): void {
  bytes.varint(value.length)
  bytes.bytes(value)
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2)
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16)
  }
  return bytes
}
