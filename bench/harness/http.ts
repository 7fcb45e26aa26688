import { request } from 'node:http'

export interface HttpAnswer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

export interface HttpCall {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/**
 * One request as a program sends it. Not `fetch`: that adds `Sec-Fetch-Mode`, and a server that is
 * careful about browsers then asks for an Origin.
 */
export function call(
  url: string,
  { method = 'GET', headers = {}, body }: HttpCall,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, timeout: 30_000 }, async (incoming) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      })
    })
    outgoing.once('error', reject)
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer from ${url}`)))
    outgoing.end(body)
  })
}
