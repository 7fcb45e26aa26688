/** Tried in this order: most browsers call themselves by the names of others as well. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]
const LENGTH = 60

/** Names a browser and its system as their owner would; what is unknown is shown as it is. */
export function programOf(userAgent: string | null): string {
  if (userAgent === null || userAgent === '') return 'Unknown device'
  const [program, system] = [PROGRAMS, SYSTEMS].map((list) => {
    return list.find(([pattern]) => pattern.test(userAgent))?.[1]
  })
  if (program === undefined) return userAgent.slice(0, LENGTH)
  return system === undefined ? program : `${program} on ${system}`
}
