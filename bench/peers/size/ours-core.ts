/** Operations and their description, without accounts, tables of one's own or telemetry. */
export { anyone, mount, operation } from 'plinth/api'
export { createApp } from 'plinth/http'
