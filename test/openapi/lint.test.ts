import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectral from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { describe, expect, it } from 'vitest'
import { apps, documentOf } from './apps.ts'

describe.each(Object.entries(apps))('the document of %s', (_name, open) => {
  it("has no finding under Redocly's recommended rules", async () => {
    const tested = await open()
    const config = await createConfig({ extends: ['recommended'] })
    const source = JSON.stringify(await documentOf(tested), null, 2)
    const findings = await lintFromString({ source, absoluteRef: '/openapi.json', config })
    await tested.app.close()
    expect(
      findings.map(
        ({ ruleId, severity, message, location }) =>
          `${severity} ${ruleId}: ${message} at ${location[0]?.pointer}`,
      ),
    ).toEqual([])
  })

  it("has no finding under Spectral's OpenAPI rules", async () => {
    const tested = await open()
    const linter = new spectral.Spectral()
    linter.setRuleset({ extends: [rulesets.oas] } as never)
    const findings = await linter.run(await documentOf(tested))
    await tested.app.close()
    expect(
      findings.map(({ code, message, path }) => `${code}: ${message} at ${path.join('.')}`),
    ).toEqual([])
  })
})
