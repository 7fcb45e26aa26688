/** What an error number of the server means to the driver. Numbers not listed are mistakes in a statement. */
export type Fault =
  | 'taken'
  | 'referred'
  | 'unreferred'
  | 'required'
  | 'check'
  | 'datatype'
  | 'range'
  | 'too-long'
  | 'too-big'
  | 'overflow'
  | 'doomed'
  | 'crowded'
  | 'slow'
  | 'lost'
  | 'storage'
  | 'read-only'
  | 'no-structure'

// https://mariadb.com/docs/server/reference/error-codes and MySQL's Server Error Message Reference;
// both agree below 1884, and each has numbers of its own from 3000 (MySQL) and 4000 on.
const table: Readonly<Record<Fault, readonly number[]>> = {
  taken: [1022, 1062, 1169, 1557, 1586, 1761, 1762],
  // Deleted or changed although other rows refer to it.
  referred: [1217, 1451],
  // Refers to a row that is missing.
  unreferred: [1216, 1452],
  required: [1048, 1263, 1364, 1566],
  check: [3819, 4025],
  datatype: [1265, 1292, 1366, 1367, 1411, 3140, 3141, 4038],
  range: [1264],
  'too-long': [1406],
  'too-big': [1118, 1153, 1301, 1162],
  overflow: [1690],
  // The transaction was ended, or is to be ended, for the sake of another: lock wait timeout, deadlock,
  // and, on MariaDB, a row changed since the snapshot was taken.
  doomed: [1205, 1213, 1020, 1614, 3058, 3101, 3572],
  crowded: [1040, 1041, 1203, 1226, 1461, 4166],
  // MySQL's max_execution_time, MariaDB's max_statement_time, and KILL QUERY.
  slow: [1317, 1969, 3024],
  lost: [
    1053, 1077, 1078, 1079, 1080, 1129, 1152, 1156, 1158, 1159, 1160, 1161, 1184, 1927, 2002, 2003,
    2006, 2013, 3169, 4031,
  ],
  storage: [
    1003, 1005, 1006, 1011, 1014, 1015, 1016, 1021, 1023, 1024, 1025, 1026, 1030, 1034, 1035, 1036,
    1037, 1038, 1105, 1114, 1180, 1194, 1195, 1197, 1206, 1296, 1297, 1429, 1467, 1835, 1877, 3019,
    3167, 3168, 3576, 3675, 3767,
  ],
  'read-only': [1290, 1792, 1836],
  'no-structure': [1054, 1091, 1146, 1176],
}

const faults: ReadonlyMap<number, Fault> = new Map(
  Object.entries(table).flatMap(([fault, codes]) => codes.map((code) => [code, fault as Fault])),
)

export function faultOf(code: number | undefined): Fault | undefined {
  return code === undefined ? undefined : faults.get(code)
}
