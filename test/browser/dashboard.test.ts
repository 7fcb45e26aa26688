import { mkdirSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { findBarriers } from './accessibility.ts'
import { openPage } from './chromium.ts'
import { type DashboardApp, serveDashboard } from './dashboard-app.ts'

/** How many requests there were before somebody looks. */
const REQUESTS = Number(process.env['PLINTH_DASHBOARD_REQUESTS'] ?? 2_000)
/** Where pictures are left, to be looked at. */
const PICTURES = `${import.meta.dirname}/.build/dashboard`

const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const

const VIEWS = [
  'requests',
  'routes',
  'traces',
  'queries',
  'errors',
  'sign-ins',
  'audit',
  'health',
  'tables',
]

/** Everything that a page complains of. */
function complaints(page: Page): string[] {
  const heard: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) heard.push(message.text())
  })
  page.on('pageerror', (error) => heard.push(String(error)))
  return heard
}

async function openView({ origin }: DashboardApp, page: Page, view: string): Promise<void> {
  await page.goto(`${origin}/dashboard#/${view}`)
  await page.locator('main .table tbody tr, main .waterfall li, main .failure').first().waitFor()
}

it.each(Object.entries(LOOKS))(
  'shows every view after mixed traffic (%s)',
  async (look, options) => {
    const app = await serveDashboard()
    await app.traffic(REQUESTS)
    const page = await openPage('about:blank', { ...options, baseURL: app.origin })
    const heard = complaints(page)
    mkdirSync(PICTURES, { recursive: true })
    for (const view of VIEWS) {
      await openView(app, page, view)
      if (view === 'routes')
        await page.locator('.chart .line').first().waitFor({ state: 'attached' })
      await page.screenshot({ path: `${PICTURES}/${view}-${look}.png` })
      expect(await findBarriers(page), view).toEqual([])
      expect(await overflow(page), view).toBeLessThanOrEqual(0)
    }
    for (const [view, name] of [
      ['errors', 'error'],
      ['traces?search=summary', 'trace'],
    ] as const) {
      await openView(app, page, view)
      await page.locator('tbody a').first().click()
      await page.locator('.failure, .waterfall li').first().waitFor()
      if (name === 'trace') await page.locator('.waterfall summary').nth(1).click()
      await page.screenshot({ path: `${PICTURES}/${name}-${look}.png` })
      expect(await findBarriers(page), name).toEqual([])
      expect(await overflow(page), name).toBeLessThanOrEqual(0)
    }
    expect(heard).toEqual([])
    expect(await page.evaluate('globalThis.harmed')).toBeUndefined()
  },
  // Most of it is the traffic.
  60_000 + REQUESTS * 4,
)

/** How far the page is wider than the window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
}

it('is used by keyboard alone', async () => {
  const app = await serveDashboard()
  await app.traffic(200)
  const page = await openPage(`${app.origin}/dashboard`)
  const heard = complaints(page)
  await page.locator('tbody tr').first().waitFor()
  const focused = () => page.evaluate<string>('document.activeElement?.textContent ?? ""')
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }

  await press('Tab')
  expect(await focused()).toBe('Skip to content')
  await press('Enter')
  expect(await focused()).toBe('Requests')
  await press('/')
  await page.keyboard.type('summary')
  await page.locator('tbody tr', { hasText: '/notes/summary' }).first().waitFor()
  await expect.poll(() => page.locator('tbody tr').count()).toBeLessThan(20)
  expect(page.url()).toContain('#/requests?search=summary')

  // Over the choices into the table, down two rows, and into the trace.
  await page.locator('tbody a').first().focus()
  await press('ArrowDown', 'ArrowDown', 'ArrowUp')
  const row = await page.evaluate<number>(
    `[...document.querySelectorAll('tbody tr')].indexOf(document.activeElement.closest('tr'))`,
  )
  expect(row).toBe(1)
  await press('Enter')
  await page.locator('.waterfall summary').nth(2).waitFor()
  expect(await focused()).toBe('Trace')
  await page.locator('.waterfall summary').first().focus()
  await press('ArrowDown', 'Enter')
  expect(await page.locator('.waterfall details[open]').count()).toBe(1)
  await press('Escape')
  await page.waitForURL(/#\/traces$/)

  await page.locator('nav a', { hasText: 'Routes' }).focus()
  await press('Enter')
  await page.locator('.chart').first().waitFor()
  await page.locator('.choice button', { hasText: '1 hour' }).focus()
  await press('Enter')
  expect(page.url()).toContain('window=1h')
  await page.locator('th button', { hasText: 'p99' }).focus()
  await press('Enter')
  expect(await page.locator('th[aria-sort=descending]').textContent()).toBe('p99')
  await press('Enter')
  expect(await page.locator('th[aria-sort=ascending]').textContent()).toBe('p99')
  expect(heard).toEqual([])
})

it('returns to the row that was opened', async () => {
  const app = await serveDashboard()
  await app.traffic(200)
  const page = await openPage(`${app.origin}/dashboard#/errors`)
  const second = page.locator('tbody a').nth(1)
  const words = await second.textContent()
  await second.focus()
  await page.keyboard.press('Enter')
  await page.locator('.failure').first().waitFor()
  await page.keyboard.press('Escape')
  await expect
    .poll(() => page.evaluate<string>('document.activeElement?.textContent ?? ""'))
    .toBe(words)
})

it('opens what an address names, with its search', async () => {
  const app = await serveDashboard()
  await app.traffic(200)
  const page = await openPage(`${app.origin}/dashboard#/routes/GET%20%2Fnotes?window=1h`)
  await page.locator('h1', { hasText: 'GET /notes' }).waitFor()
  expect(await page.locator('.choice [aria-pressed=true]').textContent()).toBe('1 hour')
  await page.goto(`${app.origin}/dashboard#/requests?search=reports&status=failed`)
  await page.locator('tbody .bad').first().waitFor()
  expect(await page.locator('input[type=search]').inputValue()).toBe('reports')
  expect(await page.locator('tbody tr').count()).toBe(4)
})

it('shows requests as they come, pauses, and holds still while somebody reads', async () => {
  const app = await serveDashboard()
  const page = await openPage(`${app.origin}/dashboard`)
  await page.locator('.empty').waitFor()
  await app.fetch('/notes/one')
  await page.locator('tbody tr', { hasText: '/notes/one' }).waitFor()

  await page.locator('tbody a').first().focus()
  await app.fetch('/notes/two')
  await page.locator('.fresh', { hasText: 'Show 1 new' }).waitFor()
  expect(await page.locator('tbody tr').count()).toBe(1)
  await page.locator('.fresh').click()
  expect(await page.locator('tbody tr').count()).toBe(2)

  await page.locator('header button', { hasText: 'Pause' }).click()
  let asked = 0
  page.on('request', () => {
    asked += 1
  })
  await page.waitForTimeout(2_500)
  expect(asked).toBeLessThanOrEqual(1)
})

it('says when the server is away, and goes on with the one that comes after it', async () => {
  const app = await serveDashboard()
  await app.fetch('/notes/before')
  const page = await openPage(`${app.origin}/dashboard`)
  await page.locator('tbody tr', { hasText: '/notes/before' }).waitFor()
  await page.route('**/dashboard/**', (route) => route.abort())
  await page.locator('.notice', { hasText: 'does not answer' }).waitFor()
  await app.restart()
  await app.fetch('/notes/after')
  await page.unroute('**/dashboard/**')
  await page.locator('.notice', { hasText: 'started anew' }).waitFor()
  await page.locator('tbody tr', { hasText: '/notes/after' }).waitFor()
  expect(await page.locator('tbody tr').count()).toBe(1)
})

it('keeps the choice of light or dark', async () => {
  const app = await serveDashboard()
  const page = await openPage(`${app.origin}/dashboard`, { colorScheme: 'light' })
  const colour = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const light = await colour()
  await page.locator('.theme').click()
  await page.locator('.theme').click()
  expect(await page.locator('.theme').textContent()).toBe('Theme: dark')
  const dark = await colour()
  expect(dark).not.toBe(light)
  await page.reload()
  await page.locator('.theme').waitFor()
  expect(await colour()).toBe(dark)
})

it('holds no more rows and nodes after hours than after minutes', async () => {
  const app = await serveDashboard()
  const page = await openPage(`${app.origin}/dashboard`)
  const nodes = async () => {
    await page.evaluate('void 0')
    return page.evaluate<number>('document.querySelectorAll("*").length')
  }
  for (let round = 0; round < 4; round += 1) {
    await app.traffic(250)
    await page.locator(`tbody tr`).nth(199).waitFor()
    await page.waitForTimeout(1_600)
  }
  expect(await page.locator('tbody tr').count()).toBeLessThanOrEqual(300)
  expect(await nodes()).toBeLessThan(4_000)
})
