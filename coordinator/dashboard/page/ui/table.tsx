import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { onNextPicture } from '../edge/browser.js';
import { nextOrder, sorted } from '../state/sorting.js';
import type { Order, SortKey } from '../state/sorting.js';
import { visibleRows } from '../state/visible.js';
import { Facts } from './card.js';
import { Sheet } from './sheet.js';

/** A column of a table. */
export interface Column<T> {
  readonly name: string;
  readonly cell: (item: T) => ComponentChildren;
  /** What it is sorted by; it cannot be without. */
  readonly key?: (item: T) => SortKey;
  /** `number` to the right; `wide` and `wider` go first where there is little room. */
  readonly look?: string;
}

/** What a table shows. */
interface TableProps<T> {
  /** For those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  readonly order: Order;
  readonly empty: ComponentChildren;
  /** Whether all of a row can be seen on its own: for what has no page, and columns that go or are cut where there is little room. */
  readonly unfolds?: boolean;
}

/** A row in rem, as the style has it. */
const ROW_REM = 2.5;

/** A table sorted by its heads. Of a long one only the rows that can be seen are there, but it is as high as all of them. */
export function Table<T>({ caption, columns, items, idOf, order: first, empty, unfolds = false }: TableProps<T>) {
  const order = useSignal<Order>(first);
  const body = useRef<HTMLTableSectionElement>(null);
  const place = usePlace(body);
  if (items.length === 0) return <>{empty}</>;
  const by = columns.find(({ name }) => name === order.value.by);
  const rows = by?.key === undefined ? items : sorted(items, by.key, order.value.isDown);
  const width = columns.length + (unfolds ? 1 : 0);
  const { first: from, end } = visibleRows({ count: rows.length, ...place });
  return (
    <div class="table-frame">
      <table class="rows" aria-rowcount={rows.length + 1}>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Head
                key={column.name}
                column={column}
                order={order.value}
                onClick={() => (order.value = nextOrder(order.value, column.name))}
              />
            ))}
            {unfolds && (
              <th scope="col" class="all">
                <span class="unseen">All of it</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody ref={body}>
          <Space rows={from} height={place.rowHeight} columns={width} />
          {rows.slice(from, end).map((item, index) => (
            <tr key={idOf(item)} aria-rowindex={from + index + 2}>
              {columns.map(({ name, cell, look }) => (
                <td key={name} class={look}>
                  {cell(item)}
                </td>
              ))}
              {unfolds && (
                <td class="all">
                  <Unfold name={`All of row ${String(from + index + 1)} of ${caption}`} columns={columns} item={item} />
                </td>
              )}
            </tr>
          ))}
          <Space rows={rows.length - end} height={place.rowHeight} columns={width} />
        </tbody>
      </table>
    </div>
  );
}

interface UnfoldProps<T> {
  readonly name: string;
  readonly columns: readonly Column<T>[];
  readonly item: T;
}

/** A button that shows all of a row in words, as long as they may be. */
function Unfold<T>({ name, columns, item }: UnfoldProps<T>) {
  const isOpen = useSignal(false);
  return (
    <>
      <button type="button" class="unfold" aria-label={name} onClick={() => (isOpen.value = true)}>
        …
      </button>
      {isOpen.value && (
        <Sheet title={name} onEnd={() => (isOpen.value = false)}>
          <Facts rows={columns.map(({ name: column, cell }) => [column, cell(item)] as const)} />
        </Sheet>
      )}
    </>
  );
}

interface HeadProps<T> {
  readonly column: Column<T>;
  readonly order: Order;
  readonly onClick: () => void;
}

function Head<T>({ column: { name, key, look }, order, onClick }: HeadProps<T>) {
  if (key === undefined)
    return (
      <th scope="col" class={look}>
        {name}
      </th>
    );
  const isBy = order.by === name;
  return (
    <th scope="col" class={look} aria-sort={isBy ? (order.isDown ? 'descending' : 'ascending') : undefined}>
      <button type="button" class="head" onClick={onClick}>
        {name}
        <span aria-hidden="true">{isBy ? (order.isDown ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

/** What is as high as the rows that are not there. */
function Space({
  rows,
  height,
  columns,
}: {
  readonly rows: number;
  readonly height: number;
  readonly columns: number;
}) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" class="space">
      <td colSpan={columns} style={{ height: `${rows * height}px` }} />
    </tr>
  );
}

/** Where the rows are in the window, as it is scrolled and sized. */
function usePlace(body: { readonly current: HTMLElement | null }) {
  const place = useSignal({ rowHeight: 40, top: 0, windowHeight: 1000 });
  const look = (): void => {
    const rowHeight = ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const top = body.current?.getBoundingClientRect().top ?? 0;
    const was = place.peek();
    // Less than a few rows are within what is spare.
    const isNear = Math.abs(top - was.top) < 4 * rowHeight && was.rowHeight === rowHeight;
    if (!isNear || was.windowHeight !== window.innerHeight)
      place.value = { rowHeight, top, windowHeight: window.innerHeight };
  };
  useLayoutEffect(look);
  useEffect(() => {
    const lookSoon = onNextPicture(look);
    addEventListener('scroll', lookSoon, { passive: true });
    addEventListener('resize', lookSoon);
    return () => {
      removeEventListener('scroll', lookSoon);
      removeEventListener('resize', lookSoon);
    };
  }, []);
  return place.value;
}
