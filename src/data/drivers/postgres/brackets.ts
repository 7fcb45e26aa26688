interface Frame {
  /** Whether a statement was run since the frame was opened. */
  started: boolean
  /** Whether there is a guard, a savepoint that a failed statement is undone to. */
  guarded: boolean
  /** Whether anything was written or locked since the guard. */
  dirty: boolean
}

/**
 * Keeps account of a transaction and its savepoints, and says what has to be sent ahead of the next
 * statement: nothing of it costs a round trip of its own.
 *
 * In PostgreSQL a statement that fails ends its transaction. On other databases it is undone alone,
 * and code may go on: here as well, by a guard before each statement that follows on a write. The
 * first statement needs none: when it fails there is nothing to keep, and the transaction begins anew.
 */
export class Brackets {
  #begin: readonly string[] = []
  #frames: Frame[] = []
  #ahead: string[] = []
  #sent = false

  get open(): boolean {
    return this.#frames.length > 0
  }

  begin(commands: readonly string[]): void {
    this.#begin = commands
    this.#frames = [newFrame()]
    this.#ahead = [...commands]
    this.#sent = false
  }

  savepoint(depth: number): void {
    this.#frames.push(newFrame())
    this.#ahead.push(`SAVEPOINT ${savepointOf(depth)}`)
  }

  release(depth: number): void {
    const child = this.#frames.pop()
    if (this.#takeBack(depth)) return
    const parent = this.#frames.at(-1)
    // What its failed statement left to undo is undone first.
    this.#ahead.push(`RELEASE ${savepointOf(depth)}`)
    if (parent && child?.started) {
      parent.started = true
      parent.dirty = true
    }
  }

  rollBackTo(depth: number): void {
    this.#frames.pop()
    if (this.#takeBack(depth)) return
    this.#ahead = [`ROLLBACK TO ${savepointOf(depth)}`, `RELEASE ${savepointOf(depth)}`]
  }

  /** What to send ahead of a statement. */
  before(): readonly string[] {
    const frame = this.#frames.at(-1)
    if (!frame) return []
    if (frame.started && (frame.dirty || !frame.guarded)) this.#guard(frame)
    const commands = this.#ahead
    this.#ahead = []
    this.#sent = true
    return commands
  }

  succeeded(reads: boolean): void {
    const frame = this.#frames.at(-1)
    if (!frame) return
    frame.started = true
    if (!reads) frame.dirty = true
  }

  /** The statement failed that `before` was asked for. */
  failed(): void {
    const depth = this.#frames.length - 1
    const frame = this.#frames[depth]
    if (!frame) return
    frame.dirty = false
    if (frame.guarded) this.#ahead = [`ROLLBACK TO ${guardOf(depth)}`]
    else if (depth > 0) this.#ahead = [`ROLLBACK TO ${savepointOf(depth)}`]
    else this.#ahead = ['ROLLBACK', ...this.#begin]
  }

  /** What to send for the commit; nothing where nothing was run. */
  commit(): readonly string[] {
    if (!this.#sent) return []
    if (this.#ahead[0] === 'ROLLBACK') return ['ROLLBACK']
    return [...this.#ahead.filter((command) => command.startsWith('ROLLBACK TO')), 'COMMIT']
  }

  rollback(): readonly string[] {
    return this.#sent ? ['ROLLBACK'] : []
  }

  end(): void {
    this.#frames = []
    this.#ahead = []
    this.#sent = false
  }

  #guard(frame: Frame): void {
    const guard = guardOf(this.#frames.length - 1)
    if (frame.guarded) this.#ahead.push(`RELEASE ${guard}`)
    this.#ahead.push(`SAVEPOINT ${guard}`)
    frame.guarded = true
    frame.dirty = false
  }

  /** Forgets a savepoint that was not sent yet, and what was to follow it. */
  #takeBack(depth: number): boolean {
    const at = this.#ahead.indexOf(`SAVEPOINT ${savepointOf(depth)}`)
    if (at >= 0) this.#ahead.splice(at)
    return at >= 0
  }
}

function newFrame(): Frame {
  return { started: false, guarded: false, dirty: false }
}

function savepointOf(depth: number): string {
  return `plinth_${depth}`
}

function guardOf(depth: number): string {
  return `plinth_guard_${depth}`
}
