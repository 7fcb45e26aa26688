/** What a case of the suite over HTTP is: data, so that every runtime is asked exactly the same. */

/** A request. Texts may hold `{name}`: what an earlier answer of the case was asked to give. */
export interface Sent {
  /** Method and target as they are sent, such as `GET /notes?limit=1`. */
  readonly line: string
  /** Beside `Host` and `Connection`; one of these names replaces that. A list is one line for each. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Its length is announced, unless the headers frame it in their own way. */
  readonly body?: string | Uint8Array
  /** All that is sent, in the place of everything else. */
  readonly raw?: string
}

export interface Expected {
  readonly status?: number
  /** The code of the problem document that the answer must be. */
  readonly code?: string
  /** True is present, false absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | boolean>>
  /** What the body's JSON must hold; it may hold more members, but no more items. */
  readonly json?: unknown
  readonly text?: string | RegExp
  /** What comes behind the answer, where more than one request is sent. Otherwise nothing may. */
  readonly behind?: RegExp
  /** What must not be in the body, nor in any header. */
  readonly lacks?: string
  /**
   * No answer but a refusal, or none, and the end of the connection: for what a parser may refuse
   * before anything of ours is asked.
   */
  readonly refused?: true
  /** The connection ends before the answer does, so that nobody takes a part for the whole. */
  readonly broken?: true
  /** A refusal that the operation declares: it has our headers, and is no problem document. */
  readonly declared?: true
  /** The runtime's own answer, which has neither our headers nor our problem document. */
  readonly foreign?: true
}

export interface Step {
  readonly send: Sent
  readonly expect: Expected
  /** What later steps are given: `header etag`, `body id`, `cookie a`. */
  readonly keep?: Readonly<Record<string, string>>
}

export interface WireCase {
  readonly topic: string
  readonly title: string
  /** Which of the servers is asked: the one that trusts no proxy, or the one that trusts this machine. */
  readonly to: 'plain' | 'proxied'
  /** Whether the operations are those of a database. */
  readonly rows: boolean
  readonly steps: readonly Step[]
}

type Options = Partial<Pick<WireCase, 'to' | 'rows'>>
type Given = string | Sent

/** The cases of one topic, which is a row of the matrix. */
export interface Topic {
  readonly cases: WireCase[]
  /** One request and its answer. */
  one(title: string, send: Given, expect: Expected): void
  /** Requests one after another. */
  steps(title: string, ...steps: readonly (readonly [Given, Expected, Step['keep']?])[]): void
}

export function topic(name: string, { to = 'plain', rows = false }: Options = {}): Topic {
  const cases: WireCase[] = []
  const steps: Topic['steps'] = (title, ...all) => {
    cases.push({
      topic: name,
      title,
      to,
      rows,
      steps: all.map(([send, expect, keep]) => ({
        send: typeof send === 'string' ? { line: send } : send,
        expect,
        ...(keep && { keep }),
      })),
    })
  }
  return { cases, steps, one: (title, send, expect) => steps(title, [send, expect]) }
}

/** A request with a body of JSON. */
export function json(line: string, body: unknown, headers: Sent['headers'] = {}): Sent {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { line, headers: { 'content-type': 'application/json', ...headers }, body: text }
}
