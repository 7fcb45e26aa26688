/** The life of an order: which moves there are, and who may make them. */

import type { Handle } from 'plinth/data'
import { PlinthError } from 'plinth/kernel'
import { returnStock } from './checkout.ts'
import { type Order, type OrderStatus, orders } from './tables.ts'

const MOVES: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  placed: ['paid', 'cancelled'],
  paid: ['packed', 'cancelled'],
  packed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
}

/**
 * Moves an order on, or answers null when the actor has no such order. The state it leaves is part of
 * the statement that changes it, so of two moves at once one is refused.
 */
export async function moveOrder(db: Handle, id: string, to: OrderStatus): Promise<Order | null> {
  const order = await db.get(orders, id)
  if (!order) return null
  const moves = MOVES[order.status]
  if (!moves.includes(to)) throw illegalMove(order.status, to)
  const moved = await db.update(orders, id, { status: to }, { status: order.status })
  if (!moved) return moveAgain(db, order, to)
  if (to === 'cancelled') await returnStock(db, order)
  return moved
}

/** Somebody else has moved the order in between, or what keeps it where it is is the policy. */
async function moveAgain(
  db: Handle,
  { id, status }: Order,
  to: OrderStatus,
): Promise<Order | null> {
  const now = await db.get(orders, id)
  if (now?.status === status) throw staffOnly(status, to)
  return moveOrder(db, id, to)
}

function illegalMove(from: OrderStatus, to: OrderStatus): PlinthError {
  const moves = MOVES[from]
  const legal =
    moves.length > 0 ? `From here it can be: ${moves.join(', ')}.` : 'It can go nowhere from here.'
  return new PlinthError('illegal_move', `An order that is ${from} cannot become ${to}. ${legal}`, {
    status: 409,
    details: { from, to, legal: moves },
  })
}

function staffOnly(from: OrderStatus, to: OrderStatus): PlinthError {
  const message = `An order that is ${from} can be ${to} by the staff of the shop only.`
  return new PlinthError('staff_only', message, { status: 409, details: { from, to } })
}
