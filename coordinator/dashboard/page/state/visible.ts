/** What is seen of a long list. */
export interface Visible {
  readonly first: number;
  /** The one after the last. */
  readonly end: number;
}

/** A list as it lies below the window; lengths in pixels. */
export interface ListPlace {
  readonly count: number;
  readonly rowHeight: number;
  /** Of the list's top below that of the window; negative once it is scrolled past. */
  readonly top: number;
  readonly windowHeight: number;
}

/** Short lists are shown whole. */
const WHOLE = 120;
/** Rows beyond either edge, so that a quick hand sees no gap. */
const SPARE = 12;

/** The rows that are to be there. Pure. */
export function visibleRows({ count, rowHeight, top, windowHeight }: ListPlace): Visible {
  if (count <= WHOLE) return { first: 0, end: count };
  const most = Math.ceil(windowHeight / rowHeight) + 2 * SPARE;
  const above = Math.floor(-top / rowHeight) - SPARE;
  const first = Math.max(0, Math.min(above, count - most));
  return { first, end: Math.min(count, first + most) };
}
