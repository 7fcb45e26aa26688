import type { DataSource } from 'plinth/data'
import { onTestFinished } from 'vitest'
import { freshSource } from '../data/fixture.ts'
import { type AppExtras, type AppSettings, type AuthApp, openOn } from './auth-app.ts'

export * from './auth-app.ts'

/** Opens one, for as long as the test runs. */
export async function openApp(
  settings: AppSettings = {},
  { source, ...extra }: AppExtras & { readonly source?: DataSource } = {},
): Promise<AuthApp> {
  const app = await openOn(source ?? (await freshSource([])), settings, extra)
  onTestFinished(app.end)
  return app
}
