import type { Flow } from './flow.ts'
import { accountFlows } from './flows/account.ts'
import { mailedFlows } from './flows/mailed.ts'
import { passkeyFlows } from './flows/passkeys.ts'
import { passwordFlows } from './flows/password.ts'
import { programFlows } from './flows/programs.ts'
import { providerFlows } from './flows/provider.ts'
import { secondFactorFlows } from './flows/second-factors.ts'
import { staffFlows } from './flows/staff.ts'

/**
 * Every way through every part of auth that writes. The suites take from here what they do with all of them:
 * let each statement fail, use it many times at once, show what is stored, run elsewhere. That none is left
 * out is tested in `flows.test.ts`.
 */
export const flows: readonly Flow[] = [
  ...passwordFlows,
  ...mailedFlows,
  ...secondFactorFlows,
  ...passkeyFlows,
  ...providerFlows,
  ...accountFlows,
  ...programFlows,
  ...staffFlows,
]
