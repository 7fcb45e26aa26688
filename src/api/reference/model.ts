/** The parts of an OpenAPI document that the page shows, as `createDocument` writes them. */
export interface ReferenceDocument {
  readonly info: {
    readonly title: string
    readonly version: string
    readonly description?: string
    readonly termsOfService?: string
    readonly license?: { readonly name: string; readonly url?: string }
    readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string }
  }
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, ReferenceOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, ReferenceResponse>>
  }
}

export interface ReferenceOperation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly deprecated?: boolean
  readonly tags?: readonly string[]
  readonly parameters?: readonly ReferenceParameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, ReferenceResponse>>
  readonly security: readonly unknown[]
  readonly 'x-guard': string
}

/** One operation and where it is found. */
export interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: ReferenceOperation
}

export interface ReferenceResponse {
  readonly $ref?: string
  readonly description?: string
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>
  readonly content?: Content
}

export interface ReferenceParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
  readonly examples?: Examples
}

type Examples = Readonly<Record<string, { readonly summary?: string; readonly value: unknown }>>

export interface Media {
  readonly schema: Schema
  readonly examples?: Examples
  readonly encoding?: Readonly<Record<string, { readonly contentType: string }>>
}

export type Content = Readonly<Record<string, Media>>

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly pattern?: string
  readonly contentEncoding?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  /** Of each value in a stream. */
  readonly 'x-item-schema'?: Schema
}

/** The last name of a reference, such as `Problem`. */
export function nameOf($ref: string): string {
  return $ref.slice($ref.lastIndexOf('/') + 1)
}
