import { expect } from 'chai';
import type { Caller } from '../../../../common/model/caller.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import type { ModuleChain } from '../../../../common/model/module-spec.js';
import { requireChainDuties } from '../../../../coordinator/api/chain-duties.js';
import type { FleetReader } from '../../../../coordinator/fleet/port.js';
import { sampleSpec } from '../../../support/fleet-samples.js';

const CHAIN: ModuleChain = {
  ...{ network: 'local', netuid: 1, wallet: 'farm', hotkey: 'one', leastStake: '0', serve: undefined },
  register: { highestPrice: '1000', again: 'never' },
};

function specOf(chain: ModuleChain): MinerSpec {
  const module = { name: 'translator', role: 'miner', commit: '', settings: {}, secrets: {}, env: {}, args: [], chain };
  return { ...sampleSpec({ name: 'worker' }), kind: 'module', module };
}

/** Whether somebody may apply a miner, where another is there already. */
function mayApply(caller: Pick<Caller, 'role' | 'namespaces'>, chain: ModuleChain, present?: ModuleChain): boolean {
  // Nothing else of the record is looked at.
  const record = present && ({ spec: specOf(present) } as ReturnType<FleetReader['miner']>);
  try {
    requireChainDuties(caller, { miner: () => record }, [specOf(chain)]);
    return true;
  } catch (error) {
    expect(error).to.be.instanceOf(HeadframeError).and.include({ reason: 'chain_duties_forbidden' });
    return false;
  }
}

describe('what a manifest has the coordinator do on a chain', () => {
  const scheduler = { role: 'scheduler' } as const;

  it("is an operator's of the whole fleet to say, and nobody else's", () => {
    expect(mayApply({ role: 'operator' }, CHAIN)).to.equal(true);
    expect(mayApply({ role: 'operator', namespaces: ['default'] }, CHAIN)).to.equal(false);
    expect(mayApply(scheduler, CHAIN)).to.equal(false);
    const serve = { port: 'axon', address: '' };
    expect(mayApply(scheduler, { ...CHAIN, register: undefined, serve })).to.equal(false);
    expect(mayApply(scheduler, { ...CHAIN, register: undefined })).to.equal(true);
  });

  it('may be applied again as it is, and not at another price', () => {
    expect(mayApply(scheduler, CHAIN, CHAIN)).to.equal(true);
    const dearer = { ...CHAIN, register: { highestPrice: '2000', again: 'never' as const } };
    expect(mayApply(scheduler, dearer, CHAIN)).to.equal(false);
  });
});
