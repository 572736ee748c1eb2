/** Named priorities; higher goes first. */
export const PRIORITY_CLASSES = { critical: 900, high: 700, normal: 500, low: 300, background: 100 } as const;

/** Name of a priority class. */
export type PriorityClass = keyof typeof PRIORITY_CLASSES;

/** Lowest and highest priority, inclusive. */
export const PRIORITY_RANGE = { min: 0, max: 1000 } as const;

/** The class name of an exact class value, otherwise the number. */
export function formatPriority(priority: number): string {
  const found = Object.entries(PRIORITY_CLASSES).find(([, value]) => value === priority);
  return found ? found[0] : String(priority);
}
