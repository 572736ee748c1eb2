import { expect } from 'chai';
import { itemsOn, pageOf } from '../../../../coordinator/gateway/paging.js';
import { reasonOf } from '../../../support/thrown-reason.js';

describe('pageOf', () => {
  it('is the first hundred unless told otherwise', () => {
    expect(pageOf({ module: 'alpha' })).to.deep.equal({ page: 1, perPage: 100 });
    expect(pageOf({ page: '3', per_page: '2' })).to.deep.equal({ page: 3, perPage: 2 });
  });

  it('refuses what is no page', () => {
    for (const query of [
      { page: '0' },
      { page: '-1' },
      { per_page: '1001' },
      { per_page: 'all' },
      { page: ['1', '2'] },
    ])
      expect(reasonOf(() => pageOf(query))).to.equal('request_invalid');
  });

  it('cuts items out, and none beyond the last', () => {
    expect(itemsOn([1, 2, 3, 4, 5], { page: 3, perPage: 2 })).to.deep.equal([5]);
    expect(itemsOn([1, 2, 3, 4, 5], { page: 4, perPage: 2 })).to.deep.equal([]);
  });
});
