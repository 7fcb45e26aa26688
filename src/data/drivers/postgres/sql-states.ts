/** What an SQLSTATE means to the driver. States not listed are mistakes in a statement. */
export type Fault =
  | 'taken'
  | 'reference'
  | 'required'
  | 'check'
  | 'range'
  | 'value'
  | 'too-big'
  | 'transient'
  | 'full'
  | 'timeout'
  | 'storage'
  | 'lost'
  | 'read-only'
  | 'missing'
  | 'refused'

// https://www.postgresql.org/docs/current/errcodes-appendix.html: a state, or a class of two characters.
const faults: Readonly<Record<string, Fault>> = {
  '08': 'lost',
  '22': 'value',
  '22003': 'range',
  '23': 'check',
  '23001': 'reference',
  '23502': 'required',
  '23503': 'reference',
  '23505': 'taken',
  '23P01': 'taken',
  '25006': 'read-only',
  '28': 'refused',
  '3D000': 'refused',
  '3F000': 'missing',
  '40': 'transient',
  '42501': 'refused',
  '42703': 'missing',
  '42P01': 'missing',
  '53': 'storage',
  '53300': 'full',
  '53400': 'full',
  '54': 'too-big',
  '55P03': 'transient',
  '57014': 'timeout',
  '57P01': 'lost',
  '57P02': 'lost',
  '57P03': 'lost',
  '57P04': 'lost',
  '57P05': 'lost',
  '25P03': 'lost',
  '25P04': 'lost',
  '58': 'storage',
  XX001: 'storage',
  XX002: 'storage',
}

export function faultOf(state: string): Fault | undefined {
  return faults[state] ?? faults[state.slice(0, 2)]
}
