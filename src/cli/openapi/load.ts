import { type Backend, type BackendOptions, backend } from '../../index.ts'
import { findConfig, loadModule } from '../config.ts'
import { UsageError } from '../usage-error.ts'
import type { OpenapiArguments } from './arguments.ts'
import type { Document } from './document.ts'

/** Writes the document of the app that was named, or of the project's configuration. */
export async function loadDocument(
  { app, config }: OpenapiArguments,
  folder: string,
): Promise<Document> {
  const file = findConfig(app ?? config, folder)
  const exported = await loadModule(file)
  const opened = await toApp(exported['default'] ?? exported['app'], file)
  try {
    return await opened.openapi()
  } finally {
    await opened.close()
  }
}

/** An app of `backend()` or `mount()`. */
type Described = Pick<Backend, 'openapi' | 'close'>

async function toApp(exported: unknown, file: string): Promise<Described> {
  const given = typeof exported === 'function' ? await exported() : await exported
  if (isApp(given)) return given
  // To be described, a database need not be up to date.
  if (isOptions(given)) {
    return backend({ ...given, migrate: false, monitor: { ...given.monitor, logs: false } })
  }
  throw new UsageError(
    `${file}: expected its default export, or the one named app, to be an app, a function that ` +
      'makes one, or the options of backend(); name another file with --app',
  )
}

function isApp(value: unknown): value is Described {
  const { openapi, close } = (value ?? {}) as Partial<Described>
  return typeof openapi === 'function' && typeof close === 'function'
}

function isOptions(value: unknown): value is BackendOptions {
  return typeof (value as BackendOptions | undefined)?.data?.open === 'function'
}
