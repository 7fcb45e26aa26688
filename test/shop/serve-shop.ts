/** Serves the test shop of a database in a process of its own: `node serve-shop.ts DATABASE PORT`. */

import { serve } from 'plinth/node'
import { shop } from '../../examples/shop/shop.ts'

const [database = '', port = '0'] = process.argv.slice(2)
const app = await shop({ database, monitor: { logs: { level: 'error', requests: false } } })
const { url } = await serve(app, { port: Number(port), hostname: '127.0.0.1' })
console.log(url)
