import type { PageElement } from './browser.ts'
import type { Charts } from './chart.ts'
import type { Dom } from './dom.ts'
import type { Format } from './format.ts'
import type { Net } from './net.ts'
import type { Pieces } from './pieces.ts'
import type { Tables } from './table.ts'
import type { Outcome, Visit } from './visit.ts'

/** What views are made with. */
export interface Kit {
  readonly dom: Dom
  readonly format: Format
  readonly charts: Charts
  readonly tables: Tables
  readonly net: Net
  readonly pieces: Pieces
}

/** A view at work. */
export interface PageView {
  readonly title: string
  readonly element: PageElement
  /** Milliseconds between two looks. */
  readonly every: number
  /** Brings it up to date. */
  load(): Promise<Outcome>
  /** The server was started anew: what it has counted begins again. */
  restart?(): void
}

export type CreateView = (kit: Kit, visit: Visit) => PageView
