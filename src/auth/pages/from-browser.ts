import type { Incoming } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'

/**
 * Refuses a form that does not say where it comes from. The app's own check lets programs without
 * cookies pass; a form that signs somebody in is sent by browsers, and all of them say it: without, it
 * may be another site's, which wants a visitor signed in to an account that is not theirs.
 */
export function assertFromBrowser(incoming: Incoming): void {
  if (incoming.header('origin') !== null || incoming.header('sec-fetch-site') !== null) return
  throw new PlinthError('cross_origin', 'A form must come with the header Origin.', { status: 403 })
}
