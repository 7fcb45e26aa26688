/**
 * Who acts: the signed-in person or service that policies and guards are asked about. `null` stands
 * for nobody signed in.
 */
export interface Actor {
  readonly id: string
  readonly roles: readonly string[]
  /** What they may do, such as `orders:refund`. Default: nothing that a permission is needed for. */
  readonly permissions?: readonly string[]
}
