import type { PageElement } from './browser.ts'
import type { Charts } from './chart.ts'
import type { Dom } from './dom.ts'
import type { Format } from './format.ts'
import type { Net, Reply, Trouble } from './net.ts'
import type { Pieces } from './pieces.ts'
import type { Tables } from './table.ts'

/** What views are made with. */
export interface Kit {
  readonly dom: Dom
  readonly format: Format
  readonly charts: Charts
  readonly tables: Tables
  readonly net: Net
  readonly pieces: Pieces
}

/** What the address says: `#/routes/GET%20%2Fnotes?window=1h`. */
export interface Visit {
  /** What stands behind the name of the view; empty for the view itself. */
  readonly id: string
  get(name: string): string
  /** Puts a value into the address, without a step in the history. Empty takes it away. */
  put(name: string, value: string): void
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

/** How an attempt to bring a view up to date went. */
export interface Outcome {
  readonly trouble: Trouble | undefined
  readonly server: string | undefined
}

export type CreateView = (kit: Kit, visit: Visit) => PageView

/** What a view makes of a reply. */
export type Use = <T>(
  reply: Reply<T>,
  show: (answer: T & { readonly now: number }) => void,
) => Outcome
