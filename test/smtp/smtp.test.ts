import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { Secret } from 'plinth/kernel'
import { type SmtpOptions, type SmtpSender, smtp } from 'plinth/smtp'
import { describe, expect, it, onTestFinished } from 'vitest'
import { elsewhere, loopback } from './certificate.ts'
import { openMailServer } from './mail-server.ts'

const from = 'Shop <no-reply@shop.example>'
const ca = loopback.cert
const mail = { to: 'ada@example.com', subject: 'Hello', text: 'Good morning, Ada.' }

function open(options: Partial<SmtpOptions>): SmtpSender {
  const sender = smtp({ host: '127.0.0.1', from, ca, ...options })
  onTestFinished(() => sender.close())
  return sender
}

describe('smtp', () => {
  it('[ASVS 12.3.2] begins TLS before it says anything, and signs in', async () => {
    const server = await openMailServer({ authOptional: false })
    const url = `smtp://shop:p%40ss%20word@127.0.0.1:${server.port}`
    const sender = smtp({ url: new Secret(url), from, ca })
    onTestFinished(() => sender.close())
    await sender(mail)
    expect(server.delivered).toMatchObject([
      {
        from: 'no-reply@shop.example',
        to: ['ada@example.com'],
        encrypted: true,
        user: 'shop',
        text: 'Good morning, Ada.\r\n',
      },
    ])
    const { head } = server.delivered[0] ?? { head: '' }
    expect(head).toMatch(/^From: Shop <no-reply@shop\.example>$/m)
    expect(head).toMatch(/^To: ada@example\.com$/m)
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/m)
  })

  it('speaks TLS from the start where that is asked for', async () => {
    const server = await openMailServer({ secure: true })
    await open({ port: server.port, tls: 'implicit' })(mail)
    const send = smtp({ url: `smtps://localhost:${server.port}`, from, ca })
    onTestFinished(() => send.close())
    await send(mail)
    expect(server.delivered).toMatchObject([{ encrypted: true }, { encrypted: true }])
  })

  it('sends HTML beside the text', async () => {
    const server = await openMailServer()
    await open({ port: server.port })({ ...mail, html: '<p>Good morning</p>' })
    expect(server.delivered[0]?.head).toMatch(/^Content-Type: multipart\/alternative/m)
    expect(server.delivered[0]?.raw).toContain('<p>Good morning</p>')
  })

  it('keeps its connection for the mails that follow', async () => {
    const server = await openMailServer()
    const send = open({ port: server.port })
    for (let count = 0; count < 5; count++) await send(mail)
    expect([server.delivered.length, server.connections]).toEqual([5, 1])
  })

  it('writes names, subjects and addresses of any script', async () => {
    const server = await openMailServer({ hideSMTPUTF8: false })
    const send = open({ port: server.port, from: 'Bücher, „Café“ <post@xn--bcher-kva.example>' })
    const to = 'josé@xn--bcher-kva.example'
    await send({ to, subject: 'Grüße aus 京都', text: 'Ёлка\n.\n..\nÉté' })
    expect(server.delivered[0]?.text).toBe('Ёлка\n.\n..\nÉté')
    expect(server.delivered[0]?.head).toMatch(/^Subject: =\?UTF-8\?/m)
    expect(server.delivered[0]?.to).toEqual(['josé@bücher.example'])
    expect(server.delivered[0]?.from).toBe('post@bücher.example')
  })
})

describe('smtp holds out against', () => {
  it('[ASVS 1.3.11] [family 18] a line break in the subject', async () => {
    const server = await openMailServer()
    const send = open({ port: server.port })
    for (const brk of ['\r\n', '\n', '\r', '\u2028', '\u0085', '\0']) {
      await send({ ...mail, subject: `Hello${brk}Bcc: eve@example.com${brk}${brk}<b>new body</b>` })
    }
    for (const { head, to } of server.delivered) {
      expect(head).not.toMatch(/^Bcc/im)
      expect(to).toEqual(['ada@example.com'])
    }
    expect(server.delivered).toHaveLength(6)
  })

  it.each([
    'ada@example.com,eve@example.com',
    'ada@example.com;eve@example.com',
    'ada@example.com eve@example.com',
    'ada@example.com>\r\nRCPT TO:<eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com\0',
    '"eve@example.com "@example.com',
    'Ada <ada@example.com>',
    'undisclosed: ada@example.com;',
    'ada@example.com(comment)',
    'ada\u200b@example.com',
    'ada',
    '',
  ])('[family 16] the recipient %j', async (to) => {
    const server = await openMailServer()
    const sent = open({ port: server.port })({ ...mail, to })
    await expect(sent).rejects.toMatchObject({ code: 'mail_failed' })
    expect(server.connections).toBe(0)
  })

  it('files and addresses in what is sent', async () => {
    const server = await openMailServer()
    const text = { path: '/etc/passwd' } as unknown as string
    await expect(open({ port: server.port })({ ...mail, text })).rejects.toThrow()
    expect(server.delivered).toEqual([])
  })

  it('[ASVS 12.3.2] a certificate that nobody vouches for', async () => {
    const server = await openMailServer()
    const send = smtp({ host: '127.0.0.1', port: server.port, from })
    onTestFinished(() => send.close())
    await expect(send(mail)).rejects.toMatchObject({ code: 'mail_failed' })
    expect(server.delivered).toEqual([])
  })

  it('[ASVS 12.3.2] a certificate of another host', async () => {
    const server = await openMailServer({ ...elsewhere })
    const send = open({ port: server.port, ca: elsewhere.cert })
    const cause = expect.objectContaining({ message: expect.stringContaining('altnames') })
    await expect(send(mail)).rejects.toMatchObject({ code: 'mail_failed', cause })
  })

  it('[ASVS 12.3.2] a server that does not offer TLS', async () => {
    const server = await openMailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] })
    const send = open({ port: server.port, user: 'shop', password: 'p@ss word' })
    await expect(send(mail)).rejects.toMatchObject({ code: 'mail_failed' })
    expect(server.delivered).toEqual([])
  })

  it('a server that refuses the password, the recipient or the mail', async () => {
    const server = await openMailServer({
      authOptional: false,
      onRcptTo: ({ address }, _, done) =>
        done(address.startsWith('eve') ? new Error('no such user') : null),
      onData(stream, _, done) {
        stream.resume()
        stream.on('end', () => done(new Error('too much spam')))
      },
    })
    const wrong = open({ port: server.port, user: 'shop', password: 'guess' })
    await expect(wrong(mail)).rejects.toMatchObject({ code: 'mail_failed' })
    const right = open({ port: server.port, user: 'shop', password: new Secret('p@ss word') })
    const nobody = right({ ...mail, to: 'eve@example.com' })
    await expect(nobody).rejects.toMatchObject({ code: 'mail_failed' })
    await expect(right(mail)).rejects.toMatchObject({ code: 'mail_failed' })
  })

  it('a server that is down', async () => {
    const server = await openMailServer()
    const send = open({ port: server.port })
    await server.close()
    await expect(send(mail)).rejects.toMatchObject({ code: 'mail_failed' })
  })

  it('a server that never says a word, or one byte at a time', async () => {
    const port = await listen((socket) => {
      const timer = setInterval(() => socket.write('2'), 20)
      socket.on('close', () => clearInterval(timer)).on('error', () => {})
    })
    const silent = await listen((socket) => socket.on('error', () => {}))
    for (const each of [port, silent]) {
      const send = open({ port: each, tls: 'none', timeout: 300 })
      await expect(send(mail)).rejects.toMatchObject({ code: 'mail_failed' })
    }
  })

  it('being used after it was closed', async () => {
    const server = await openMailServer()
    const send = open({ port: server.port })
    await send(mail)
    send.close()
    await expect(send(mail)).rejects.toMatchObject({ code: 'mail_failed' })
  })
})

describe('smtp refuses at the start', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown option', { host: 'mail.example', secure: false }, /option "secure" is unknown/],
    ['no server', {}, /smtp\(\)\.host/],
    ['another scheme', { url: 'https://mail.example' }, /smtp\(\)\.url/],
    ['a path', { url: 'smtp://mail.example/?tls=no' }, /smtp\(\)\.url/],
    ['url beside host', { url: 'smtp://mail.example', host: 'mail.example' }, /beside url/],
    ['no sender', { host: 'mail.example', from: undefined }, /smtp\(\)\.from/],
    ['two senders', { host: 'mail.example', from: 'a@b.example, c@d.example' }, /smtp\(\)\.from/],
    [
      'a sender with a header',
      { host: 'mail.example', from: 'Shop\r\nBcc: e <a@b.example>' },
      /from/,
    ],
    ['a user without password', { host: 'mail.example', user: 'shop' }, /smtp\(\)\.password/],
    ['a port beyond the last', { host: 'mail.example', port: 70_000 }, /smtp\(\)\.port/],
    ['an endless timeout', { host: 'mail.example', timeout: Infinity }, /smtp\(\)\.timeout/],
    [
      'a password in the clear',
      { host: 'mail.example', user: 'shop', password: 'p', tls: 'none' },
      /in the clear/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => smtp({ from, ...options } as SmtpOptions)).toThrow(message)
  })

  it('without telling the password', () => {
    expect(() => smtp({ url: 'smtp://shop:hunter2@mail example', from })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})

async function listen(onSocket: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(onSocket)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as AddressInfo).port
}
