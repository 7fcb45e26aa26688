import type { AnyTable } from '../../data/index.ts'
import type { Operation } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import type { Changes } from './options.ts'

/** Replaces, changes and leaves out operations by name, as the team says. */
export function changed(
  { name }: AnyTable,
  made: Readonly<Record<string, Operation>>,
  changes: Changes = {},
): Record<string, Operation> {
  const place = `resource(${name}).operations`
  const kept: Record<string, Operation> = { ...made }
  for (const [verb, change] of Object.entries(changes)) {
    const one = made[verb]
    if (one === undefined) {
      throw misuse(place, `there is no "${verb}"; there are: ${Object.keys(made).join(', ')}`)
    }
    const given = typeof change === 'function' ? change(one) : change
    if (given === false) delete kept[verb]
    else if (given?.kind === 'operation') kept[verb] = given
    else throw misuse(place, `"${verb}" is no operation; expected one, false, or a function`)
  }
  return kept
}
