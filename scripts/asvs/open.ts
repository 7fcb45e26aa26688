/**
 * Why no test holds a requirement yet. One that a test holds has no place here: a test of the house sees
 * to it. What has no reason is waiting for the part that it belongs to.
 */
export const reasons: Readonly<Record<string, string>> = {
  '1.2.10': 'Nothing here writes CSV. An operation that answers it writes its own.',
  '2.3.5': 'A flow of the application: nothing here models approval.',
  '4.1.5': 'Messages are not signed. The keyring signs texts, on which this can be built.',
  '4.2.5': 'The lengths of what the client and `fetch` of a context send are not checked.',
  '4.4.2': 'There are no WebSockets.',
  '4.4.3': 'There are no WebSockets.',
  '4.4.4': 'There are no WebSockets.',
  '5.2.4': 'Files are bounded by request, not by user: nothing here stores them yet.',
  '11.2.2':
    'Keys can be replaced and parameters of password hashes raised; other algorithms are fixed.',
  '13.3.4': 'Keys of a keyring rotate, but nothing makes them expire.',
  '14.2.6':
    'Which fields an operation answers is its schema’s to say; nothing masks parts of a value.',
}
