const WIDTH = 30

/** Draws a bar that fills up: in place on a terminal, a line for each tenth elsewhere. */
export function createProgress(title: string, total: number): (done: number) => void {
  const inPlace = process.stdout.isTTY === true
  let shown = -1
  return (done) => {
    const share = total === 0 ? 1 : done / total
    const step = Math.floor(share * (inPlace ? 100 : 10))
    if (step === shown) return
    shown = step
    const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░')
    const line = `${title.padEnd(10)} ${bar} ${Math.floor(share * 100)
      .toString()
      .padStart(3)} %  ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`
    process.stdout.write(inPlace ? `\r${line}${done === total ? '\n' : ''}` : `${line}\n`)
  }
}
