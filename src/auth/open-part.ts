import type { Handle, Row } from '../data/index.ts'
import type { Incoming, OperationTree, Principal } from '../http/index.ts'
import type { Actor, Scope } from '../kernel/index.ts'
import type { sessions } from './session/sessions-table.ts'

/** A part at work. */
export interface OpenPart<Operations extends OperationTree = OperationTree> {
  readonly operations: Operations
  /** Operations made of those of all parts, such as pages that call them. Made last; types do not show them. */
  over?(operations: OperationTree): OperationTree
  /** What makes it a second factor that is asked for on every way in. */
  readonly secondFactor?: {
    /** As answers name it, such as `totp`. */
    readonly name: string
    isEnrolled(db: Handle, user: string): Promise<boolean>
    /** Whether it only stands in for another one: it is asked for where another is. Default false. */
    readonly backup?: boolean
  }
  /** How many ways in a user has by this part: the last of all is not taken away. Default 0. */
  countWaysIn?(db: Handle, user: string): Promise<number>
  /**
   * Removes every credential of a user, as part of `tx`: whoever put it there may not be the owner of
   * the address, who has just proved to be.
   */
  forget?(tx: Handle, user: string): Promise<void>
  /** What is stored of a user, for their export: no secrets, and nothing that opens anything. */
  export?(db: Handle, user: string): Promise<ExportedPart>
  /** Finds who sends a bearer credential that begins with `prefix`. */
  readonly credential?: {
    readonly prefix: string
    find(token: string, incoming: Incoming, scope: Scope): Promise<Principal | null>
  }
  /** Lets the tokens of sessions that are handed to programs end early, and be renewed. */
  readonly renewal?: {
    /** When the token of a session that ends at `end` does, if it is handed over now. */
    tokenEnd(end: Date): Date
    /** Makes what the token of a new session is renewed by. The copy returned is the only one. */
    begin(tx: Handle, session: Row<typeof sessions>): Promise<string>
  }
  /**
   * Whether a member of staff may go on acting as a user; asked on every request of such a session.
   * Without a part that says so, nobody may.
   */
  mayActAs?(staff: Actor, user: Actor): boolean
  /** Removes what is over, now and then. */
  sweep?(db: Handle, now: Date): Promise<unknown>
}

/** A part at work, under the name that it was passed with. */
export interface NamedPart extends OpenPart {
  readonly name: string
}

/** Values as JSON has them; dates become text. */
export type ExportedPart = Readonly<Record<string, unknown>> | readonly unknown[]
