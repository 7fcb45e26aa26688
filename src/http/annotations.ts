import { misuse } from '../kernel/index.ts'
import type { OperationSpec } from './operation.ts'
import type { Responses } from './responses.ts'

type Annotated = Pick<OperationSpec, 'errors' | 'responseHeaders'> & {
  readonly responses: Responses
}

const FIELD = /^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$/

/** Checks what a declaration says for the description alone, where nothing else would find a mistake. */
export function checkAnnotations(
  { errors = {}, responseHeaders = {}, responses }: Annotated,
  place: string,
): void {
  for (const [status, codes] of Object.entries(errors)) {
    if (!/^[45]\d\d$/.test(status)) {
      throw misuse(place, `errors names the status ${status}; refusals are from 400 to 599`)
    }
    if (!Array.isArray(codes) || codes.length === 0 || codes.some((code) => !isText(code))) {
      throw misuse(place, `errors.${status} is ${JSON.stringify(codes)}; expected a list of codes`)
    }
  }
  for (const [status, fields] of Object.entries(responseHeaders)) {
    if (!Object.hasOwn(responses, status)) {
      throw misuse(place, `responseHeaders names the status ${status}, which is not declared`)
    }
    for (const [name, description] of Object.entries(fields)) {
      if (FIELD.test(name) && isText(description)) continue
      throw misuse(
        place,
        `responseHeaders.${status} has "${name}"; expected a field and what it says`,
      )
    }
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
