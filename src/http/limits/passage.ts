import type { Outgoing } from '../message.ts'
import type { Limited } from './key.ts'
import type { RateLimitDecision } from './rule.ts'

/** What limits have said of one request, from the first that let it in to the end of its answer. */
export class Passage implements Limited {
  readonly context: Limited['context']
  readonly operation: string
  #policies = ''
  #limits = ''
  #leave: (() => void)[] | undefined

  constructor(context: Limited['context'], operation: string) {
    this.context = context
    this.operation = operation
  }

  /** Notes what is left of a policy, for the fields of the answer. */
  note(name: string, policy: string, { remaining, reset }: RateLimitDecision): void {
    const separator = this.#limits === '' ? '' : ', '
    this.#policies += separator + policy
    this.#limits += `${separator}"${name}";r=${remaining};t=${Math.ceil(reset / 1000)}`
  }

  /** Has `leave` called when the request is done. */
  hold(leave: () => void): void {
    this.#leave ??= []
    this.#leave.push(leave)
  }

  /**
   * Makes an answer tell of the limits (draft-ietf-httpapi-ratelimit-headers) and, when its body is a
   * stream, end the request when that has been read or given up.
   */
  seal({ status, headers, body }: Outgoing): Outgoing {
    return { status, headers: this.#addTo(headers), body: this.#follow(body) }
  }

  /** Ends the request: whoever waits for its place may come in. Later calls do nothing. */
  leave(): void {
    const all = this.#leave
    this.#leave = undefined
    if (all) for (const leave of all) leave()
  }

  #addTo(headers: Outgoing['headers']): Outgoing['headers'] {
    if (this.#limits === '') return headers
    return { ...headers, 'ratelimit-policy': this.#policies, ratelimit: this.#limits }
  }

  #follow(body: Outgoing['body']): Outgoing['body'] {
    const all = this.#leave
    if (!all || !(body instanceof ReadableStream)) return body
    this.#leave = undefined
    return whenDone(body, () => {
      for (const leave of all) leave()
    })
  }
}

function whenDone(body: ReadableStream<Uint8Array>, done: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done: ended, value } = await reader.read()
          if (!ended) return controller.enqueue(value)
          controller.close()
          done()
        } catch (error) {
          done()
          throw error
        }
      },
      async cancel(reason) {
        done()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
