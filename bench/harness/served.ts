/**
 * Called by a server side once it listens: tells the harness where, with whatever the suite needs to
 * know, and ends the process when the harness is gone.
 */
export function served<Facts extends { readonly port: number }>(facts: Facts): void {
  if (process.send === undefined) {
    console.log(facts)
    return
  }
  process.once('disconnect', () => process.exit())
  process.send(facts)
}
