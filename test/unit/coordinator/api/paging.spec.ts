import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { takePage } from '../../../../coordinator/api/paging.js';
import type { Listing, Page } from '../../../../coordinator/api/paging.js';

const MIB = 2 ** 20;

function listingOf(names: readonly string[], bytes = 10): Listing<string, string> {
  return {
    list: 'names',
    after: (key) => names.filter((name) => name > key),
    keyOf: (name) => name,
    toItem: (name) => name.toUpperCase(),
    bytesOf: () => bytes,
  };
}

function allPages(names: readonly string[], pageSize: number, bytes?: number): Page<string>[] {
  const pages: Page<string>[] = [];
  for (let pageToken = ''; pages.length === 0 || pageToken !== '';) {
    const page = takePage({ pageSize, pageToken }, listingOf(names, bytes));
    pages.push(page);
    pageToken = page.next;
  }
  return pages;
}

describe('takePage', () => {
  it('gives all items over all pages, none twice', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const pageSize of [1, 2, 3, 5, 6])
      expect(allPages(names, pageSize).flatMap(({ items }) => items)).to.deep.equal(['A', 'B', 'C', 'D', 'E']);
  });

  it('gives no token with the last page, even when it is full', () => {
    expect(allPages(['a', 'b'], 2)).to.have.length(1);
    expect(takePage({ pageSize: 5, pageToken: '' }, listingOf([]))).to.deep.equal({ items: [], next: '' });
  });

  it('gives a hundred when no size is asked for', () => {
    const names = Array.from({ length: 150 }, (_, index) => String(index).padStart(3, '0'));
    expect(allPages(names, 0).map(({ items }) => items.length)).to.deep.equal([100, 50]);
  });

  it('gives fewer when they are large, but always one', () => {
    expect(allPages(['a', 'b', 'c'], 10, 2 * MIB).map(({ items }) => items.length)).to.deep.equal([1, 1, 1]);
    expect(allPages(['a', 'b', 'c', 'd'], 10, 1.5 * MIB).map(({ items }) => items.length)).to.deep.equal([2, 2]);
  });

  it('refuses the token of another list', () => {
    const { next } = takePage({ pageSize: 1, pageToken: '' }, listingOf(['a', 'b']));
    const other = { ...listingOf(['a', 'b']), list: 'others' };
    expect(() => takePage({ pageSize: 1, pageToken: next }, other))
      .to.throw(HeadframeError)
      .with.property('reason', 'page_token_invalid');
  });
});
