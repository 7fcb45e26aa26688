#!/usr/bin/env node
import { Console } from 'node:console'
import { run } from './run.ts'

const { stdout, stderr } = process
// Standard output holds what was asked for and nothing else: whatever the team's own modules print or
// log while they are loaded goes to standard error.
Object.defineProperty(process, 'stdout', { value: stderr })
globalThis.console = new Console(stderr)

process.exitCode = await run(process.argv.slice(2), {
  folder: process.cwd(),
  out: (line) => stdout.write(`${line}\n`),
  err: (line) => stderr.write(`${line}\n`),
})
