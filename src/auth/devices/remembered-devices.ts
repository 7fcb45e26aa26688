import * as v from 'valibot'
import { defineOperation, type Operation, type Wire } from '../../http/index.ts'
import { sessionEnded, sessionNotFound } from '../errors.ts'
import type { AuthServices, Feature } from '../part.ts'
import { isOwnSession } from '../sign-in/sign-in.ts'
import { KNOWN_PER_USER } from './devices.ts'
import { devices } from './devices-table.ts'

/** A device that its owner has signed in on, as their list shows it. */
export interface DeviceEntry {
  readonly id: string
  /** The IP address it signed in from last. */
  readonly address: string | null
  readonly userAgent: string | null
  readonly createdAt: Date
  /** When it signed in last. */
  readonly lastSeenAt: Date
  /** Until when the second factor is not asked for there; null when it is. */
  readonly trustedUntil: Date | null
  /** Whether this very request comes from it. */
  readonly current: boolean
}

/** What `rememberedDevices()` offers. */
export type DeviceOperations = {
  readonly devices: {
    /** `GET /auth/devices`: the devices that the caller has signed in on, the latest first. */
    readonly list: Operation<Record<never, never>, { 200: Wire<{ items: DeviceEntry[] }> }>
    /** `DELETE /auth/devices/:id`: knows one of them no longer; its sessions go on. */
    readonly forget: Operation<{ params: { id: string } }, { 204: undefined }>
    /** `DELETE /auth/devices`: knows none of them any longer. */
    readonly forgetAll: Operation<Record<never, never>, { 204: undefined }>
  }
}

const define = defineOperation()
const tags = ['auth']

const deviceEntry: v.GenericSchema<DeviceEntry> = v.object({
  id: v.string(),
  address: v.nullable(v.string()),
  userAgent: v.nullable(v.string()),
  createdAt: v.date(),
  lastSeenAt: v.date(),
  trustedUntil: v.nullable(v.date()),
  current: v.boolean(),
})

/**
 * Makes the list of devices that a user has signed in on, each of which can be forgotten. A device that
 * was told to `remember` is not asked for the second factor for 30 days, unless it is forgotten, or a
 * factor or the password changes.
 *
 * ```ts
 * import { auth, password, rememberedDevices } from 'plinth/auth'
 *
 * export const accounts = auth({ factors: [password()], features: [rememberedDevices()] })
 * ```
 */
export function rememberedDevices(): Feature<DeviceOperations> {
  return {
    kind: 'feature',
    name: 'remembered-devices',
    tables: [],
    open: (services) => ({
      operations: {
        devices: {
          list: listDevices(services),
          forget: forgetDevice(services),
          forgetAll: forgetDevices(services),
        },
      },
    }),
  }
}

function listDevices(services: AuthServices): DeviceOperations['devices']['list'] {
  const { database, clock } = services
  return define({
    method: 'GET',
    path: '/auth/devices',
    summary: 'List own devices',
    tags,
    responses: { 200: v.object({ items: v.array(deviceEntry) }) },
    handler: async ({ actor: { id: user }, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const current = await services.devices.find(user, incoming, scope)
      const { items } = await database.systemIn(scope).list(devices, {
        where: { user },
        orderBy: { lastSeenAt: 'desc' },
        select: ['id', 'address', 'userAgent', 'createdAt', 'lastSeenAt', 'trustedUntil'],
        limit: KNOWN_PER_USER,
      })
      const now = clock.now()
      const entries = items.map(({ trustedUntil, ...device }) => ({
        ...device,
        trustedUntil: trustedUntil && trustedUntil.getTime() > now ? trustedUntil : null,
        current: device.id === current,
      }))
      return { status: 200, body: { items: entries } }
    },
  })
}

function forgetDevice({ database }: AuthServices): DeviceOperations['devices']['forget'] {
  return define({
    method: 'DELETE',
    path: '/auth/devices/:id',
    summary: 'Forget one of own devices',
    tags,
    transaction: false,
    params: v.object({ id: v.string() }),
    responses: { 204: null },
    errors: { 404: ['not_found'] },
    handler: async ({ actor: { id: user }, params, principal, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const db = database.systemIn({ trace, signal })
      if (!(await db.delete(devices, params.id, { user }))) throw sessionNotFound()
      return { status: 204 }
    },
  })
}

function forgetDevices({ database }: AuthServices): DeviceOperations['devices']['forgetAll'] {
  return define({
    method: 'DELETE',
    path: '/auth/devices',
    summary: 'Forget all own devices',
    tags,
    transaction: false,
    responses: { 204: null },
    handler: async ({ actor: { id: user }, principal, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      await database.systemIn({ trace, signal }).deleteMany(devices, { user })
      return { status: 204 }
    },
  })
}
