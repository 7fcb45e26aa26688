/** The time, as a port: code that reads it can be run at any moment of a test's choosing. */
export interface Clock {
  /** The current instant in milliseconds since the Unix epoch. */
  now(): number
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() }
