/** The app as a Worker: without a database, which `workerd` cannot open. */

import { createApp } from 'plinth/http'
import { serve } from 'plinth/workers'
import { operations, options } from './app.ts'

export const worker = serve(createApp({ ...options, operations }), { onError() {} })
