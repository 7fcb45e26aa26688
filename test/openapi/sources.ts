/** Makes the package by name its sources, as it is for the tests. To be imported before it is used. */

import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { doors, root } from '../../scripts/doors.ts'

const sources = new Map(
  doors.map(({ specifier, source }) => [specifier, pathToFileURL(root + source).href]),
)

registerHooks({
  resolve: (specifier, context, next) => next(sources.get(specifier) ?? specifier, context),
})
