/** Accounts and sessions alone, as Better Auth's guide has them on PostgreSQL. */
import { betterAuth } from 'better-auth'
import pg from 'pg'

export const worker = {
  async fetch(request: Request, env: { DATABASE_URL: string }): Promise<Response> {
    const auth = betterAuth({
      baseURL: new URL(request.url).origin,
      database: new pg.Pool({ connectionString: env.DATABASE_URL }),
      emailAndPassword: { enabled: true },
    })
    return auth.handler(request)
  },
}
