import { expect } from 'chai';
import { proxyTypeFor } from '../../../../../coordinator/chain/extrinsics/proxies.js';

describe('the kind of proxy for a call', () => {
  const of = (method: string, ...granted: string[]) =>
    proxyTypeFor({ pallet: 'subtensorModule', method, args: [] }, granted);

  it('is the narrow one that lets it through, whatever else was granted', () => {
    expect(of('addStake', 'Registration', 'Staking', 'Any')).to.equal('Staking');
    expect(of('registerLimit', 'Staking', 'Registration')).to.equal('Registration');
  });

  it('is that of the pallet Staking for whatever that has', () => {
    const call = { pallet: 'staking', method: 'bondExtra', args: [] };
    expect(proxyTypeFor(call, ['Governance', 'NonTransfer', 'Staking'])).to.equal('Staking');
    expect(proxyTypeFor(call, ['Governance', 'NonTransfer'])).to.equal('NonTransfer');
  });

  it('is the widest where no narrow one does, and left to the chain where there is none', () => {
    expect(of('serveAxon', 'Staking', 'NonTransfer', 'Any')).to.equal('Any');
    expect(of('transferStake', 'Staking')).to.equal(undefined);
    expect(proxyTypeFor({ pallet: 'other', method: 'addStake', args: [] }, ['Staking'])).to.equal(undefined);
  });
});
