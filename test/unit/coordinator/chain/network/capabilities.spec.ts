import { expect } from 'chai';
import { detectCapabilities } from '../../../../../coordinator/chain/network/capabilities.js';
import { SAMPLE_FACTS } from '../../../../support/chain/facts.js';

describe('what a chain can do', () => {
  it('is read off Bittensor before dynamic TAO', () => {
    expect(detectCapabilities(SAMPLE_FACTS.before)).to.deep.equal({
      kind: 'subtensor',
      dynamicTao: false,
      limitedStake: false,
      cappedRegistration: false,
      subnetCreation: undefined,
      proofOfWork: true,
      identities: 'subnetIdentities',
      weights: 'crv3',
      commitReveal: true,
      typedRuntimeApi: false,
      epochs: 'modulus',
      customErrors: '218',
      stakeEventFields: 2,
      ...{
        balances: true,
        staking: false,
        bonding: undefined,
        nominating: false,
        proxy: true,
        utility: true,
        sudo: true,
      },
    });
  });

  it('is read off Bittensor with dynamic TAO, whose proof of work takes arguments and ignores them', () => {
    expect(detectCapabilities(SAMPLE_FACTS.dynamic)).to.deep.equal({
      kind: 'subtensor',
      dynamicTao: true,
      limitedStake: true,
      cappedRegistration: true,
      subnetCreation: 'hotkey',
      proofOfWork: false,
      identities: 'subnetIdentitiesV3',
      weights: 'timelocked',
      commitReveal: false,
      typedRuntimeApi: true,
      epochs: 'nextEpochStartBlock',
      customErrors: '233',
      stakeEventFields: 6,
      ...{
        balances: true,
        staking: false,
        bonding: undefined,
        nominating: false,
        proxy: true,
        utility: true,
        sudo: true,
      },
    });
  });

  it('is read off Commune, whose stake is of a key and whose weights have a pallet of their own', () => {
    expect(detectCapabilities(SAMPLE_FACTS.commune)).to.deep.include({
      kind: 'subspace',
      dynamicTao: false,
      limitedStake: false,
      cappedRegistration: false,
      subnetCreation: undefined,
      proofOfWork: false,
      identities: undefined,
      weights: 'plain',
      commitReveal: false,
      epochs: 'modulus',
      customErrors: undefined,
      stakeEventFields: 3,
    });
  });

  it('is little on a chain of Substrate’s own pallets', () => {
    expect(detectCapabilities(SAMPLE_FACTS.frame)).to.deep.equal({
      kind: 'frame',
      dynamicTao: false,
      limitedStake: false,
      cappedRegistration: false,
      subnetCreation: undefined,
      proofOfWork: false,
      identities: undefined,
      weights: undefined,
      commitReveal: false,
      typedRuntimeApi: false,
      epochs: undefined,
      customErrors: undefined,
      stakeEventFields: 0,
      ...{ balances: true, staking: true, bonding: 'own', nominating: true, proxy: false, utility: false, sudo: false },
    });
  });

  it('is each judged by itself: stake by subnet comes with the older codes where their errors are the older ones', () => {
    const { subtensorModule, ...others } = SAMPLE_FACTS.before.pallets;
    const calls = { ...subtensorModule.calls, addStake: ['hotkey', 'netuid', 'amount_staked'] };
    const rehearsal = {
      ...SAMPLE_FACTS.before,
      pallets: { ...others, subtensorModule: { ...subtensorModule, calls } },
    };
    expect(detectCapabilities(rehearsal)).to.include({
      dynamicTao: true,
      customErrors: '218',
      cappedRegistration: false,
    });
  });

  it('has bonds only in a form that is known, with a way out of them', () => {
    const { staking } = SAMPLE_FACTS.frame.pallets;
    const bondingOf = (change: Record<string, readonly string[] | undefined>) => {
      const calls = Object.entries({ ...staking.calls, ...change }).flatMap(([name, args]) =>
        args === undefined ? [] : [[name, args] as const],
      );
      const pallets = { staking: { ...staking, calls: Object.fromEntries(calls) } };
      return detectCapabilities({ pallets, runtimeApis: {} }).bonding;
    };
    expect(bondingOf({ bond: ['controller', 'value', 'payee'] })).to.equal('controlled');
    expect(bondingOf({ bond: ['value'] })).to.equal(undefined);
    for (const call of ['bondExtra', 'unbond', 'withdrawUnbonded'])
      expect(bondingOf({ [call]: undefined })).to.equal(undefined);
  });
});
