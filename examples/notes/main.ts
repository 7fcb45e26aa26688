import { sqlite } from 'plinth/data/sqlite'
import { serve } from 'plinth/node'
import { createApp, notes } from './app.ts'

serve(await createApp({ data: sqlite('notes.db', [notes]) }))
