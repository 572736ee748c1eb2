/** What a list is sorted by. */
export interface Order {
  readonly by: string;
  readonly isDown: boolean;
}

/** What something is sorted by: numbers by size, texts as people read them. */
export type SortKey = string | number;

const TEXTS = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** The items in an order by their keys; equal ones stay as they are. Pure. */
export function sorted<T>(items: readonly T[], keyOf: (item: T) => SortKey, isDown: boolean): T[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  const sign = isDown ? -1 : 1;
  return keyed.sort((a, b) => sign * compare(a.key, b.key)).map(({ item }) => item);
}

/** What is sorted by after a click on a column's head. Pure. */
export function nextOrder(order: Order, by: string): Order {
  return order.by === by ? { by, isDown: !order.isDown } : { by, isDown: false };
}

/** Whether all words are somewhere in the texts, whatever their case. Pure. */
export function matches(filter: string, texts: readonly string[]): boolean {
  const whole = texts.join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}

function compare(a: SortKey, b: SortKey): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : TEXTS.compare(String(a), String(b));
}
