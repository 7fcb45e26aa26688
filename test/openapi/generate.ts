/** Writes the types that openapi-typescript reads out of the documents, for the client's tests. */

import './sources.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import openapi, { astToString } from 'openapi-typescript'

const { apps, documentOf } = await import('./apps.ts')
const folder = `${import.meta.dirname}/.build`
mkdirSync(folder, { recursive: true })
for (const [name, open] of Object.entries(apps)) {
  const tested = await open()
  const types = await openapi(JSON.stringify(await documentOf(tested)))
  await tested.app.close()
  writeFileSync(`${folder}/${name}.ts`, astToString(types))
}
