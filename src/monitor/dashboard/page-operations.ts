import { content, type Guard, html, type Operation } from '../../http/index.ts'
import { script } from './client/script.ts'
import { style } from './style.ts'

/**
 * What a browser may do with the page: run its one script, and that may make no HTML of text (Trusted
 * Types), so that nothing it is given to show can become a part of it.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const PAGE = `<!doctype html>
${
  html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>Dashboard</title>
<link rel="stylesheet" href="/dashboard/style.css">
<script type="module" src="/dashboard/script.js"></script>
</head>
<body>
<noscript>This page needs JavaScript: it shows what happens while it happens.</noscript>
</body>
</html>`.text
}
`

/** The page, its script and its stylesheet, behind the guard as all the rest. */
export function pageOperations(guard: Guard): Record<string, Operation> {
  return {
    dashboard: asset(guard, '', 'text/html; charset=utf-8', PAGE, {
      'content-security-policy': POLICY,
    }),
    dashboardScript: asset(guard, '/script.js', 'text/javascript; charset=utf-8', script),
    dashboardStyle: asset(guard, '/style.css', 'text/css; charset=utf-8', style),
  }
}

function asset(
  guard: Guard,
  path: string,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Operation {
  return {
    kind: 'operation',
    spec: {
      method: 'GET',
      path: `/dashboard${path}`,
      guard,
      described: false,
      responses: { 200: content(type) },
    },
    handler: () => ({ status: 200, headers, body }),
  }
}
