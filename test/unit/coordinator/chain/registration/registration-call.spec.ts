import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { detectCapabilities } from '../../../../../coordinator/chain/network/capabilities.js';
import { registrationCall } from '../../../../../coordinator/chain/registration/registration-call.js';
import type { RegistrationOperation } from '../../../../../coordinator/chain/registration/operation.js';
import { SAMPLE_FACTS } from '../../../../support/chain/facts.js';

const CHAINS = {
  before: detectCapabilities(SAMPLE_FACTS.before),
  raonet: { ...detectCapabilities(SAMPLE_FACTS.before), dynamicTao: true, subnetCreation: 'mechanism' as const },
  dynamic: { ...detectCapabilities(SAMPLE_FACTS.dynamic), subnetCreation: 'hotkey' as const },
  commune: detectCapabilities(SAMPLE_FACTS.commune),
  frame: detectCapabilities(SAMPLE_FACTS.frame),
};
const CREATE: RegistrationOperation = { kind: 'create_subnet', hotkey: '5Hot' };
const REGISTER: RegistrationOperation = { kind: 'register', netuid: 7, hotkey: '5Hot', highest: 9n };
const SERVE: RegistrationOperation = {
  ...{ kind: 'serve', netuid: 7, version: 3 },
  endpoint: { ip: '203.0.113.7', port: 8091 },
};
const WEIGHTS: RegistrationOperation = {
  ...{ kind: 'set_weights', netuid: 7, versionKey: 5n },
  weights: { uids: [1, 2], values: [65_535, 3] },
};
const COMMIT: RegistrationOperation = { kind: 'commit_weights', netuid: 7, hash: '0x0a' };
const REVEAL: RegistrationOperation = {
  ...{ kind: 'reveal_weights', netuid: 7, versionKey: 5n, salt: [9, 8] },
  weights: { uids: [1, 2], values: [65_535, 3] },
};

function said(operation: RegistrationOperation, chain: keyof typeof CHAINS): string {
  try {
    const { call, effect } = registrationCall(operation, CHAINS[chain]);
    return `${call.method} ${JSON.stringify(call.args)} ${effect === undefined ? '' : effect.item}`.trim();
  } catch (error) {
    if (!(error instanceof HeadframeError)) throw error;
    return `${error.reason} ${error.metadata['class'] ?? ''}`;
  }
}

describe('the call of a registration, an endpoint or weights', () => {
  it('is as the chain has it', () => {
    expect(said(CREATE, 'raonet')).to.equal('registerNetwork ["5Hot",1]');
    expect(said(CREATE, 'dynamic')).to.equal('registerNetwork ["5Hot"]');
    expect(said(REGISTER, 'raonet')).to.equal('burnedRegister [7,"5Hot"] uids');
    expect(said(REGISTER, 'dynamic')).to.equal('registerLimit [7,"5Hot","9"] uids');
    expect(said(SERVE, 'dynamic')).to.equal('serveAxon [7,3,"3405803783",8091,4,4,0,0]');
    expect(said(WEIGHTS, 'before')).to.equal('setWeights [7,[1,2],[65535,3],"5"]');
    expect(said(COMMIT, 'before')).to.equal('commitWeights [7,"0x0a"]');
    expect(said(REVEAL, 'before')).to.equal('revealWeights [7,[1,2],[65535,3],[9,8],"5"]');
  });

  it('is refused for good where the chain has none', () => {
    expect(said(CREATE, 'before')).to.equal('chain_lacks never');
    expect(said(COMMIT, 'dynamic')).to.equal('chain_lacks never'); // its epochs are counted otherwise
    for (const operation of [CREATE, REGISTER, SERVE, WEIGHTS, COMMIT, REVEAL])
      for (const chain of ['commune', 'frame'] as const)
        expect(said(operation, chain), `${operation.kind} ${chain}`).to.equal('chain_lacks never');
  });
});
