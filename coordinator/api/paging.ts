import { HeadframeError } from '../../common/model/error.js';

/** A page of a list; `next` is '' on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string;
}

/** What a client asks of a list. */
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** A list in the order of its records' keys. */
export interface Listing<R, T> {
  /** Tells the tokens of this list from those of others. */
  readonly list: string;
  /** The records whose keys come after `key`; '' begins at the first. */
  readonly after: (key: string) => Iterable<R>;
  readonly keyOf: (record: R) => string;
  readonly toItem: (record: R) => T;
  /** Length of an item on the wire, in bytes. */
  readonly bytesOf: (item: T) => number;
}

const DEFAULT_PAGE_SIZE = 100;
const LARGEST_PAGE_SIZE = 1000;
/** Below the 4 MiB that gRPC clients receive when nobody told them otherwise. */
const PAGE_BYTES = 3 * 1024 * 1024;

/**
 * Cuts a page out of a list: as many items as were asked for, fewer when they are large. A token names the last key given,
 * so that no change of the list in between shows an item twice or passes one over. Throws `HeadframeError`
 * (invalid_argument: 'page_size_invalid', 'page_token_invalid').
 */
export function takePage<R, T>({ pageSize, pageToken }: PageRequest, listing: Listing<R, T>): Page<T> {
  const size = checkPageSize(pageSize);
  const items: T[] = [];
  let bytes = 0;
  let lastKey = '';
  for (const record of listing.after(readToken(pageToken, listing.list))) {
    const item = listing.toItem(record);
    bytes += listing.bytesOf(item);
    if (items.length > 0 && (items.length >= size || bytes > PAGE_BYTES))
      return { items, next: writeToken(listing.list, lastKey) };
    items.push(item);
    lastKey = listing.keyOf(record);
  }
  return { items, next: '' };
}

/** Reads the size of a page; 0 is the usual one. Throws `HeadframeError` (invalid_argument, 'page_size_invalid'). */
export function checkPageSize(pageSize: number): number {
  if (pageSize === 0) return DEFAULT_PAGE_SIZE;
  if (pageSize <= LARGEST_PAGE_SIZE) return pageSize;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'page_size_invalid',
    message: 'the page size is too large',
    violations: [{ path: 'page_size', value: String(pageSize), expected: `0 to ${LARGEST_PAGE_SIZE}` }],
  });
}

/** Makes the token of the page of this list that begins after the key. */
export function writeToken(list: string, key: string): string {
  return Buffer.from(`${list} ${key}`).toString('base64url');
}

/** The key in a token, '' in an empty one. Throws `HeadframeError` (invalid_argument, 'page_token_invalid'). */
export function readToken(token: string, list: string): string {
  if (token === '') return '';
  const text = /^[A-Za-z0-9_-]{1,1024}$/.test(token) ? Buffer.from(token, 'base64url').toString() : '';
  if (text.startsWith(`${list} `)) return text.slice(list.length + 1);
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'page_token_invalid',
    message: 'the page token is not one of this list',
    remedy: 'List again from the first page, with an empty token.',
    violations: [{ path: 'page_token', value: token.slice(0, 80), expected: 'the next_page_token of the page before' }],
  });
}
