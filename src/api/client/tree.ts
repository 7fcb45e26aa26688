import { eachItem, eachPage } from './pages.ts'
import type { Parts } from './request.ts'
import type { AnyResult } from './unwrap.ts'

/** Calls an operation by name. */
export type CallByName = (name: string, parts?: Parts) => Promise<AnyResult>

/** A place in the tree: a function to call, and the way to the places below it. */
export function createTree(call: CallByName, name = ''): unknown {
  const children = new Map<string, unknown>()
  return new Proxy(callOf(call, name), {
    get(_, key) {
      // `await` asks whatever it is given for `then`: a tree is not a promise.
      if (typeof key === 'symbol' || key === 'then') return undefined
      const below = name === '' ? key : `${name}.${key}`
      if (!children.has(key)) children.set(key, createTree(call, below))
      return children.get(key)
    },
  })
}

const iterators = { pages: eachPage, each: eachItem }

function callOf(call: CallByName, name: string): (parts?: Parts) => Promise<AnyResult> {
  const [, list, what] = /^(.+)\.(pages|each)$/.exec(name) ?? []
  if (list === undefined) return (parts) => call(name, parts)
  // An operation may have that name as well: which of the two is meant shows in how it is used.
  const iterate = iterators[what as keyof typeof iterators]
  return (parts = {}) => {
    const result = call(name, parts)
    result.catch(() => {})
    return Object.assign(result, {
      [Symbol.asyncIterator]: () => iterate((page) => call(list, page), parts),
    })
  }
}
