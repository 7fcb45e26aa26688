/** All cases, in the order of the matrix. */

import type { WireCase } from '../case.ts'
import * as answers from './answers.ts'
import { bodies } from './bodies.ts'
import { framing } from './framing.ts'
import { guardCases, originCases } from './guards.ts'
import { jsonBodies } from './json.ts'
import { limits, loads } from './limits.ts'
import { methods } from './methods.ts'
import { outbound } from './outbound.ts'
import { paths } from './paths.ts'
import { proxies } from './proxies.ts'
import { queries } from './queries.ts'
import * as rows from './rows.ts'

export const cases: readonly WireCase[] = [
  ...paths,
  ...methods,
  ...framing,
  ...proxies,
  ...queries,
  ...jsonBodies,
  ...bodies,
  ...outbound,
  ...guardCases,
  ...originCases,
  ...limits,
  ...loads,
  ...answers.answerCases,
  ...answers.fileCases,
  ...answers.conditionalCases,
  ...answers.compressionCases,
  ...answers.negotiationCases,
  ...answers.problemCases,
  ...rows.rowCases,
  ...rows.listCases,
  ...rows.versionCases,
  ...rows.bulkCases,
  ...rows.keyCases,
]
