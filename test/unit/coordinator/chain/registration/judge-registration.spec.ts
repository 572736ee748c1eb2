import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { judgeRegistration, judgeSubnet } from '../../../../../coordinator/chain/registration/judge-registration.js';
import type { RegistrationTerms } from '../../../../../coordinator/chain/registration/judge-registration.js';

const WISH = { network: 'net', netuid: 7, hotkey: '5Hot', coldkey: '5Cold', highest: 10n };
const TERMS: RegistrationTerms = {
  best: 1_000,
  exists: true,
  open: true,
  price: 4n,
  uid: undefined,
  otherOwner: undefined,
  interval: { registered: 2, most: 3, since: 900, blocks: 360 },
};

function verdictOf(terms: Partial<RegistrationTerms>, wish: Partial<typeof WISH> = {}): string {
  return told(() => {
    const verdict = judgeRegistration({ ...TERMS, ...terms }, { ...WISH, ...wish });
    return 'uid' in verdict ? `is ${String(verdict.uid)}` : `pay ${String(verdict.price)}`;
  });
}

function told(judge: () => string): string {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof HeadframeError)) throw error;
    const { class: retry = '', ask_at_block: at = '' } = error.metadata;
    return [error.reason, retry, at].join(' ').trim();
  }
}

describe('whether a hotkey is registered now', () => {
  it('costs its price, and nothing where it has its place', () => {
    expect(verdictOf({})).to.equal('pay 4');
    expect(verdictOf({ price: 10n })).to.equal('pay 10');
    expect(verdictOf({ interval: undefined, open: undefined })).to.equal('pay 4');
    expect(verdictOf({ uid: 3 })).to.equal('is 3');
    expect(verdictOf({ uid: 3, open: false, price: 99n })).to.equal('is 3');
  });

  it('is refused with what is to be done', () => {
    expect(verdictOf({ price: 11n })).to.equal('price_above_highest requote');
    expect(verdictOf({ open: false })).to.equal('registration_closed wait_poll');
    expect(verdictOf({ exists: false })).to.equal('subnet_not_found never');
    expect(verdictOf({}, { netuid: 0 })).to.equal('root_network never');
    expect(verdictOf({ otherOwner: '5Other' })).to.equal('hotkey_of_another never');
    // That it is registered is no success where it is somebody else's.
    expect(verdictOf({ otherOwner: '5Other', uid: 3 })).to.equal('hotkey_of_another never');
    expect(verdictOf({ price: undefined })).to.equal('chain_lacks never');
  });

  it('waits for the block at which a full interval ends, and no longer', () => {
    const full = { registered: 3, most: 3, since: 900, blocks: 360 };
    expect(verdictOf({ interval: full })).to.equal('too_soon wait_block 1260');
    expect(verdictOf({ interval: full, best: 1_258 })).to.equal('too_soon wait_block 1260');
    expect(verdictOf({ interval: full, best: 1_259 })).to.equal('pay 4');
  });
});

describe('whether a subnet is created now', () => {
  const subnet = (terms: Partial<Parameters<typeof judgeSubnet>[0]>): string =>
    told(() => `pay ${String(judgeSubnet({ best: 5, price: 4n, last: { since: 0, blocks: 6 }, ...terms }, 10n))}`);

  it('goes by its price and by when the last one was', () => {
    expect(subnet({})).to.equal('pay 4');
    expect(subnet({ best: 4 })).to.equal('too_soon wait_block 6');
    expect(subnet({ price: 11n })).to.equal('price_above_highest requote');
    expect(subnet({ price: undefined })).to.equal('chain_lacks never');
    expect(subnet({ last: undefined, best: 0 })).to.equal('pay 4');
  });
});
