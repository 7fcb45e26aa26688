/** The app that every runtime serves for the suite over HTTP. */

import type { AppOptions } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import { answers } from './answers.ts'
import { authenticate } from './callers.ts'
import { pages, protections } from './protections.ts'
import { requests } from './requests.ts'

const signals = createSignals()
// Somebody listens, so that expected failures do not go to the console.
signals.subscribe({ log: () => {}, span: () => {} })

/** The operations that need no database. */
export const operations = { requests, answers, protections }

export const options = {
  signals,
  authenticate,
  fallback: pages,
  trustedOrigins: ['https://admin.example'],
  outbound: { allow: ['http://127.0.0.1:9/v1'] },
  limits: { bodyBytes: 100_000, jsonDepth: 20 },
} satisfies Partial<AppOptions>
