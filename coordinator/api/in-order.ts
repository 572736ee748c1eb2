/** The records whose keys come after `after`, in the order of their keys. */
export function inOrder<R>(records: Iterable<R>, keyOf: (record: R) => string, after = ''): R[] {
  const keyed = [...records].map((record) => ({ record, key: keyOf(record) })).filter(({ key }) => key > after);
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ record }) => record);
}
