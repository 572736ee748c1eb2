interface Column<C> {
  readonly length: number;
  set(values: C): void;
}

const SMALLEST_CAPACITY = 256;

/** A copy of a typed array at a larger capacity; the new places hold 0. */
export function widen<C extends Column<C>>(make: new (length: number) => C, old: C, capacity: number): C {
  const wider = new make(capacity);
  wider.set(old);
  return wider;
}

/** The capacity that holds `rows` rows after doubling `present` as often as needed. */
export function capacityFor(rows: number, present: number): number {
  let capacity = Math.max(present, SMALLEST_CAPACITY);
  while (capacity < rows) capacity *= 2;
  return capacity;
}
