/** How a text is meant; shown as a colour where there are colours, and never alone: the text says it too. */
export type Tone = 'good' | 'bad' | 'warn' | 'faint';

/** A text in a table, plain or with a tone. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** Rows under titles. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A part of what is shown to people. */
export type Block =
  | { readonly kind: 'table'; readonly title?: string; readonly table: Table; readonly empty: string }
  | { readonly kind: 'facts'; readonly title?: string; readonly facts: readonly (readonly [string, Cell])[] }
  | { readonly kind: 'text'; readonly title?: string; readonly text: string };

/** What is shown to people, from top to bottom. */
export type View = readonly Block[];

/** What view functions may look at besides their message. */
export interface Viewing {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Show the columns that `-o wide` adds. */
  readonly wide: boolean;
}

/** One column of a table over rows of some kind. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell;
  /** Shown by `-o wide` alone. */
  readonly wide?: true;
}

/** Lays rows out under the columns that are wanted. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[], wide: boolean): Table {
  const shown = columns.filter((column) => wide || column.wide !== true);
  return { head: shown.map(({ title }) => title), rows: rows.map((row) => shown.map(({ cell }) => cell(row))) };
}

/** The text of a cell without its tone. */
export function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
