/** What auth stands on, and a back end has anyway: operations over HTTP, and tables. */
export { open, table } from 'plinth/data'
export { createApp, defineOperation } from 'plinth/http'
