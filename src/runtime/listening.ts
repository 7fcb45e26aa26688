import { PlinthError } from '../kernel/index.ts'

/** The address to show: one that a browser on this machine can open. */
export function urlOf(hostname: string | undefined, port: number): string {
  if (hostname === undefined || hostname === '0.0.0.0' || hostname === '::') {
    return `http://localhost:${port}`
  }
  return `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}

/** Builds the error for a server that could not start, from the system's code for the reason. */
export function listenFailed(
  place: { readonly hostname: string | undefined; readonly port: number },
  cause: unknown,
): PlinthError<'listen_failed'> {
  const { code, message } = cause as { code?: string; message?: string }
  const at = place.hostname === undefined ? '' : ` on ${place.hostname}`
  const reason = REASONS[code ?? ''] ?? message ?? String(cause)
  return new PlinthError('listen_failed', `serve(): port ${place.port}${at} ${reason}`, { cause })
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is already in use; stop the process that uses it or choose another with PORT',
  EACCES:
    'may not be used by this user; ports below 1024 are often reserved, choose another with PORT',
  EADDRNOTAVAIL: 'cannot be opened: the machine has no such address',
  ENOTFOUND: 'cannot be opened: the name of the host is unknown',
}
