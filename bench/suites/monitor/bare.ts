import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

/** Where a module asks whether anybody listens. */
const ASKED = /\b(?:this\.)?#?(?:\w+\.)*#?signals\.(?:spans|measurements|logs)\b(?!\s*=[^=])/g

/**
 * Copies the built package into a directory so that what reports telemetry is not there: every question
 * whether anybody listens is answered with no, and the code behind it taken out.
 */
export function copyWithout(directory: string): string {
  const copy = join(directory, 'bare')
  cpSync(fileURLToPath(new URL('../../../dist/', import.meta.url)), copy, { recursive: true })
  let asked = 0
  for (const file of globSync('**/*.js', { cwd: copy })) {
    const code = readFileSync(join(copy, file), 'utf8')
    const without = code.replace(ASKED, () => {
      asked += 1
      return 'false'
    })
    const options = { format: 'esm', minifySyntax: true, target: 'es2024' } as const
    writeFileSync(join(copy, file), transformSync(without, options).code)
  }
  if (asked === 0) throw new Error('nothing in the package asks whether anybody listens')
  return copy
}
