import type { Algorithm } from './algorithm.ts'
import type { RateLimitAlgorithm } from './rule.ts'
import { slidingWindow } from './sliding-window.ts'
import { tokenBucket } from './token-bucket.ts'

export const algorithms: Readonly<Record<RateLimitAlgorithm, Algorithm>> = {
  'token-bucket': tokenBucket,
  'sliding-window': slidingWindow,
}
