import { type Issue, PlinthError } from '../../kernel/index.ts'

/** Where one of many things stands in the input, and where its values do if not there. */
interface Place {
  readonly item: string
  readonly values?: string
}

/** Does one of many things. What is wrong with it is thrown on with its place among the issues. */
export async function placed<T>(place: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isRefusal(error) ? withPlace(error, place) : error
  }
}

/** Whether something was wrong with what was sent, and not with the database or the code. */
export function isRefusal(error: unknown): error is PlinthError {
  return error instanceof PlinthError && error.status < 500
}

function withPlace(error: PlinthError, { item, values = item }: Place): PlinthError {
  const { code, message, status, details, headers, cause } = error
  const known = details?.['issues'] as readonly Issue[] | undefined
  const issues = known?.map((issue) => inside(issue, item, values)) ?? [{ path: item, message }]
  return new PlinthError(code, message, {
    status,
    cause,
    details: { ...details, issues },
    ...(headers && { headers }),
  })
}

function inside({ path, message }: Issue, item: string, values: string): Issue {
  return { path: path.startsWith(`${item}.`) ? path : `${values}.${path}`, message }
}
