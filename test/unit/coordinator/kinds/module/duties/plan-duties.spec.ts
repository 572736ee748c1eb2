import { expect } from 'chai';
import type { AdmissionRecord } from '../../../../../../common/model/admission.js';
import type { IntentRecord, RetryClass } from '../../../../../../common/model/intent.js';
import type { ModuleChain } from '../../../../../../common/model/module-spec.js';
import { planDuties } from '../../../../../../coordinator/kinds/module/duties/plan-duties.js';
import type { DutyView } from '../../../../../../coordinator/kinds/module/duties/plan-duties.js';

const DUTIES: ModuleChain = {
  ...{ network: 'net', netuid: 7, wallet: 'farm', hotkey: 'one', leastStake: '100' },
  register: { highestPrice: '10', again: 'when_pruned' },
  serve: { port: 'axon', address: '' },
};
const ENDPOINT = { ip: '203.0.113.7', port: 8091 };
const TERMS = {
  ...{ best: 1_000, exists: true, open: true, price: 4n, otherOwner: undefined },
  interval: undefined,
};
const NEW: DutyView = {
  ...{ nowMs: 1_000_000, changedAtMs: 0, duties: DUTIES, hotkey: '5Hot', coldkey: '5Cold' },
  terms: { ...TERMS, uid: undefined },
  ...{ stake: undefined, serving: undefined, endpoint: undefined, unpayable: undefined },
  ...{ registration: undefined, telling: undefined, admission: undefined },
};
const AXON = { ...ENDPOINT, block: 100, version: 0 };
const THERE: DutyView = {
  ...NEW,
  terms: { ...TERMS, uid: 3 },
  ...{ stake: 100n, endpoint: ENDPOINT },
  serving: { best: 1_000, uid: 3, axon: AXON, rateLimit: 50 },
};

/** A miner that ran there. */
const admitted = (state: AdmissionRecord['state'] = 'admitted'): Pick<DutyView, 'admission'> => ({
  admission: { place: '', state, reason: 'duties_done', text: '', atMs: 0 },
});

function intent(state: IntentRecord['state'], more: Partial<IntentRecord> = {}): IntentRecord {
  return {
    ...{ id: 'i', key: 'k', network: 'net', wallet: 'farm', signer: '5Cold', purpose: 'Register', note: '' },
    call: { pallet: 'subtensorModule', method: 'burnedRegister', args: [7, '5Hot'] },
    ...{ amount: '4', cap: '5', maxTip: '0', attempts: 1, createdAtMs: 0, changedAtMs: 999_000, state },
    ...more,
  };
}

const failed = (kind: RetryClass, askAtBlock?: number): IntentRecord =>
  intent('failed', {
    failure: { error: 'e', class: kind, action: '', ...(askAtBlock === undefined ? {} : { askAtBlock }) },
  });

function said(view: DutyView): string {
  const { step, state, reason } = planDuties(view);
  return [state, reason, step?.kind ?? ''].join(' ').trim();
}

describe('the duties of a miner on its chain', () => {
  it('begin with its place, for which nothing is started', () => {
    expect(said(NEW)).to.equal('held registration_pending register');
    expect(said({ ...NEW, registration: intent('signed') })).to.equal('held registration_pending');
    expect(said({ ...NEW, duties: { ...DUTIES, register: undefined } })).to.equal('held hotkey_unregistered');
    expect(said({ ...NEW, terms: { ...NEW.terms, price: 11n } })).to.equal('held price_above_highest');
    expect(said({ ...NEW, terms: { ...NEW.terms, open: false } })).to.equal('held registration_closed');
    const unpayable = { reason: 'wallet_locked', text: '' };
    expect(said({ ...NEW, unpayable })).to.equal('held wallet_locked');
    expect(said({ ...NEW, terms: { ...NEW.terms, otherOwner: '5Other' } })).to.equal('held hotkey_of_another');
  });

  it('go by nothing that an endpoint lacks which is behind what was seen before', () => {
    const seen = { admission: { place: '', state: 'admitted', reason: '', text: '', atMs: 0, block: 1_001 } } as const;
    const lagging = { ...NEW, ...seen, terms: { ...NEW.terms, best: 1_000 } };
    expect(said(lagging)).to.equal('admitted chain_behind');
    expect(said({ ...lagging, terms: { ...NEW.terms, best: 1_001 } })).to.equal(
      'admitted registration_pending register',
    );
    expect(said({ ...lagging, duties: { ...DUTIES, register: undefined } })).to.equal('admitted chain_behind');
  });

  it('want the stake before the miner starts, and then warn alone', () => {
    expect(said({ ...THERE, stake: 99n })).to.equal('held stake_too_low');
    expect(said({ ...THERE, stake: 99n, ...admitted() })).to.equal('admitted stake_too_low');
    expect(said(THERE)).to.equal('admitted duties_done');
    expect(said({ ...THERE, stake: undefined })).to.equal('admitted duties_done');
  });

  it('tell the chain where it runs, on a difference alone', () => {
    const elsewhere = { ...THERE, endpoint: { ...ENDPOINT, port: 1 } };
    expect(said({ ...THERE, endpoint: undefined })).to.equal('admitted serving_pending');
    expect(said(elsewhere)).to.equal('admitted serving_pending serve');
    expect(said({ ...elsewhere, telling: intent('in_block') })).to.equal('admitted serving_pending');
    const soon = { best: 120, uid: 3, axon: AXON, rateLimit: 50 };
    expect(said({ ...elsewhere, serving: soon })).to.equal('admitted too_soon');
    expect(said({ ...THERE, serving: undefined, endpoint: undefined })).to.equal('admitted duties_done');
  });

  it('are over for one that was pruned, unless it is to be registered again', () => {
    const never = { ...DUTIES, register: { highestPrice: '10', again: 'never' as const } };
    expect(said({ ...NEW, ...admitted(), duties: never })).to.equal('withdrawn hotkey_pruned');
    expect(said({ ...NEW, ...admitted('withdrawn'), duties: never })).to.equal('withdrawn hotkey_pruned');
    expect(said({ ...NEW, ...admitted(), duties: { ...DUTIES, register: undefined } })).to.equal(
      'withdrawn hotkey_pruned',
    );
    // It goes on while that is under way, and not when it cannot be.
    expect(said({ ...NEW, ...admitted() })).to.equal('admitted registration_pending register');
    expect(said({ ...NEW, ...admitted(), registration: intent('signed') })).to.equal('admitted registration_pending');
    expect(said({ ...NEW, ...admitted(), terms: { ...NEW.terms, price: 11n } })).to.equal(
      'withdrawn price_above_highest',
    );
    expect(said({ ...THERE, ...admitted('withdrawn') })).to.equal('admitted duties_done');
  });

  it('repeat no call that failed before what it asks for has come', () => {
    const after = (registration: IntentRecord, more: Partial<DutyView> = {}): string =>
      said({ ...NEW, registration, ...more });
    for (const kind of ['never', 'unknown', 'security_stop', 'switch_path'] as const) {
      expect(after(failed(kind)), kind).to.equal('held duty_failed');
      expect(after(failed(kind), { nowMs: 1e12 }), kind).to.equal('held duty_failed');
      expect(after(failed(kind), { changedAtMs: 999_001 }), kind).to.equal('held registration_pending register');
    }
    for (const kind of ['money', 'amount', 'pruned', 'wait_poll'] as const) {
      expect(after(failed(kind)), kind).to.equal('held duty_failed');
      expect(after(failed(kind), { nowMs: 1_599_000 }), kind).to.equal('held registration_pending register');
    }
    expect(after(failed('wait_block', 1_002))).to.equal('held too_soon');
    expect(after(failed('wait_block', 1_001))).to.equal('held registration_pending register');
    for (const kind of ['already_done', 'requote', 'rebuild'] as const)
      expect(after(failed(kind)), kind).to.equal('held registration_pending register');
    expect(after(intent('abandoned'))).to.equal('held registration_pending register');
  });
});
