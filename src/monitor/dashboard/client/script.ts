import { createCharts } from './chart.ts'
import { createDom } from './dom.ts'
import { createErrorsView, createErrorView } from './errors-view.ts'
import { createAuditView, createSignInsView } from './events-view.ts'
import { createFormat } from './format.ts'
import { createHealthView, createTablesView } from './health-view.ts'
import { createNet } from './net.ts'
import { runPage } from './page.ts'
import { createPieces } from './pieces.ts'
import { createQueriesView } from './queries-view.ts'
import { createRequestsView } from './requests-view.ts'
import { createRoutesView } from './routes-view.ts'
import { createTables } from './table.ts'
import { createTraceView } from './trace-view.ts'
import { createTracesView } from './traces-view.ts'

/**
 * The program of the page: each function is sent as its own source and given what it uses, since a
 * name from outside of it may be another one after bundling.
 */
export const script: string = `const dom = (${createDom})()
const format = (${createFormat})()
const charts = (${createCharts})(dom)
const tables = (${createTables})(dom)
const net = (${createNet})()
const pieces = (${createPieces})(dom, format);
(${runPage})({ dom, format, charts, tables, net, pieces }, [
{ name: 'requests', label: 'Requests', list: ${createRequestsView} },
{ name: 'routes', label: 'Routes', list: ${createRoutesView} , one: ${createRoutesView} },
{ name: 'traces', label: 'Traces', list: ${createTracesView}, one: ${createTraceView} },
{ name: 'queries', label: 'Queries', list: ${createQueriesView} },
{ name: 'errors', label: 'Errors', list: ${createErrorsView}, one: ${createErrorView} },
{ name: 'sign-ins', label: 'Sign-ins', list: ${createSignInsView} },
{ name: 'audit', label: 'Audit', list: ${createAuditView} },
{ name: 'health', label: 'Health', list: ${createHealthView} },
{ name: 'tables', label: 'Tables', list: ${createTablesView} },
])
`
