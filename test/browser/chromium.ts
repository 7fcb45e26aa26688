import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

/** Where Debian puts it; another one is named by the variable. */
const PROGRAM = process.env['PLINTH_CHROMIUM'] ?? '/usr/bin/chromium'

/** For a browser without a screen, in a container, that speaks to nobody but the test. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

let launched: Promise<Browser> | undefined

/** Opens a page that shares nothing with the pages of other tests, for as long as the test runs. */
export async function openPage(
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const context = await openContext(options)
  const page = await context.newPage()
  await page.goto(url)
  return page
}

/** Opens a browser with cookies of its own, for as long as the test runs. */
export async function openContext(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> {
  launched ??= launch()
  const browser = await launched
  const context = await browser.newContext(options)
  // Whatever waits in vain fails the test instead of using up its time.
  context.setDefaultTimeout(15_000)
  onTestFinished(() => context.close())
  return context
}

function launch(): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    throw new Error(`There is no ${PROGRAM}: run PLINTH_REQUIRE=all scripts/services`)
  }
  // It ends with the process that started it.
  return chromium.launch({ executablePath: PROGRAM, args: ARGS })
}
