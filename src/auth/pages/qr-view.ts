import { Html, html } from '../../http/index.ts'
import { createQrCode } from './qr.ts'

/** Modules around the code that stay light (ISO/IEC 18004, 6.3.8). */
const QUIET = 4

/** Shows text as a QR code; nothing for text that is too long for one. */
export function qrView(text: string, label: string): Html | undefined {
  const code = createQrCode(text)
  if (!code) return undefined
  const path = code
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
  const size = code.length + 2 * QUIET
  const box = `${-QUIET} ${-QUIET} ${size} ${size}`
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="${box}"><rect x="${-QUIET}" y="${-QUIET}" width="${size}" height="${size}" fill="#fff"/><path d="${new Html(path)}" fill="#000"/></svg>`
}
