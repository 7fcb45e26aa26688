/**
 * The peer `hand`: what a careful engineer writes directly on Hono and prepared statements.
 *
 * `node peers/hand.ts FILE [FULL|NORMAL]`
 */
import { createApp } from './notes-api.ts'
import { serveByHand } from './serve-by-hand.ts'

await serveByHand(createApp())
