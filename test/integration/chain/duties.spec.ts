import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { AdmissionRecord } from '../../../common/model/admission.js';
import { systemClock } from '../../../common/model/clock.js';
import type { ModuleChain } from '../../../common/model/module-spec.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { addNetwork, openChain } from '../../../coordinator/chain/index.js';
import { readUid } from '../../../coordinator/chain/network/readers/neurons.js';
import { fleetAlarms } from '../../../coordinator/alarms.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
import type { Fleet } from '../../../coordinator/fleet/index.js';
import { ChainDuties } from '../../../coordinator/kinds/module/duties/index.js';
import { Protector } from '../../../coordinator/security/authority/index.js';
import { SecretKeys, Secrets } from '../../../coordinator/security/secrets/index.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { PLENTY, plantRaonet } from '../../support/chain/raonet.js';
import { sampleMiner, sampleSpec, sampleWorkload } from '../../support/fleet-samples.js';
import { MemoryStore } from '../../support/memory-store.js';
import { waitFor } from '../../support/wait-for.js';

const PASSPHRASE = Buffer.from('planted twelve geese 9f3c');
const FAST = { tickMs: 50, pendingMs: 300, settledMs: 300, placesMs: 200 };
const DUTIES: ModuleChain = {
  ...{ network: 'raonet', netuid: 2, wallet: 'farm', hotkey: 'one', leastStake: '0' },
  register: { highestPrice: '500000000', again: 'never' },
  serve: { port: 'axon', address: '2001:db8::7' },
};
const CONTAINER = {
  ...sampleSpec().container,
  ports: [{ name: 'axon', containerPort: 8091, protocol: 'tcp', hostPort: 0 }],
} as const;

describe('the duties of a miner on the real Subtensor runtime', function () {
  this.timeout(120_000);
  const stop = new AbortController();
  const closers: (() => Promise<void>)[] = [];
  let node: ChainNode;
  let fleet: Fleet;
  let chain: ReturnType<typeof openChain>;
  let hotkey: string;
  let running: Promise<unknown>;

  before(async () => {
    node = await ChainNode.start();
    await plantRaonet(node);
    fleet = await openFleet(new MemoryStore(), { clock: systemClock });
    const protector = new Protector({ kind: 'key', secret: Buffer.from('k'.repeat(32)) });
    const secrets = new Secrets(fleet, await SecretKeys.open(fleet, protector));
    let id = 0;
    const parts = { fleet, clock: systemClock, random: () => 0, newId: () => String((id += 1)), logger: silentLogger };
    chain = openChain({ ...parts, secrets }, { add: (close) => closers.push(close) });
    const { networks, wallets, payer, metagraphs } = chain;
    if (wallets === undefined || payer === undefined) throw new Error('there are secrets');
    const duties = new ChainDuties({ ...parts, networks, wallets, payer, metagraphs }, FAST);
    running = Promise.all([networks, payer, duties].map((loop) => loop.start(stop.signal)));
    const key = () =>
      ({ form: 'seed', bytes: Buffer.from(randomBytes(32).toString('hex')), keyType: 'sr25519' }) as const;
    const hotkeys = [{ name: 'one', namespace: 'default', key: key() }];
    const coldkey = { kind: 'key', key: key() } as const;
    const wish = { name: 'farm', coldkey, passphrase: PASSPHRASE, proxyFor: undefined, hotkeys };
    const wallet = await wallets.create(wish, 'ada');
    hotkey = wallet.hotkeys[0]?.address ?? '';
    await wallets.setCaps('farm', 'raonet', { perCall: '5000000000', perDay: '5000000000' });
    await node.fund([wallet.address], PLENTY);
    fleet.transact((tx) =>
      addNetwork(tx, { name: 'raonet', endpoints: [node.url], genesisHash: undefined, labels: {} }),
    );
  });
  after(async () => {
    stop.abort();
    await running;
    for (const close of closers) await close();
    await node[Symbol.asyncDispose]();
  });

  /** Applies the miner, with its duties as they are changed. */
  function apply(change: Partial<ModuleChain>): void {
    fleet.transact((tx) => {
      const before = tx.miner('alpha');
      const named = { name: 'm', role: 'miner', commit: 'c', settings: {}, secrets: {}, env: {}, args: [] };
      const module = { ...named, chain: { ...DUTIES, ...change } };
      const spec = { kind: 'module', module, container: CONTAINER } as const;
      const { admission } = before ?? {};
      tx.putMiner(sampleMiner(spec, { specRevision: tx.revision, updatedAtMs: tx.atMs, admission }));
      if (before !== undefined) return;
      tx.putWorkload(sampleWorkload(spec));
      tx.createInstances('alpha', 1, 1, { reason: 'queued', text: '' });
    });
  }

  const judged = (state: AdmissionRecord['state'], reason: string): Promise<unknown> =>
    waitFor(
      `${state} ${reason}`,
      () => {
        const { admission } = fleet.miner('alpha') ?? {};
        return admission?.state === state && admission.reason === reason;
      },
      40_000,
    );
  const uid = (): Promise<number | undefined> => readUid(chain.networks.find('raonet'), 2, hotkey);
  const calls = (): string[] => [...fleet.intents()].map(({ call, state }) => `${call.method} ${state}`);
  /** The place is there before the block that gives it is final. */
  const finalised = (count: number): Promise<unknown> =>
    waitFor(
      'the calls to be final',
      () => calls().join() === Array(count).fill('burnedRegister finalised').join(),
      40_000,
    );

  it('wait for a price that may be paid and for a key to pay it with, and are then done once', async () => {
    apply({});
    await judged('held', 'wallet_locked');
    await chain.wallets?.unlock('farm', PASSPHRASE, 600_000);
    await judged('held', 'price_above_highest');
    expect(await uid()).to.equal(undefined);
    expect(calls()).to.deep.equal([]);
    apply({ register: { highestPrice: '1000000000', again: 'never' } });
    await judged('admitted', 'serving_pending');
    expect(await uid()).to.equal(1);
    await finalised(1);
  });

  it('tell the chain nothing that nobody reaches', async () => {
    fleet.transact((tx) => {
      tx.updateInstance(1, { state: 'running', hostId: 'host-1', hostPorts: [8091], reason: 'running', text: '' });
    });
    await judged('admitted', 'miner_unreachable');
    expect(calls()).to.have.length(1);
  });

  it('tell of a place that is about to be lost for as long as it is', async () => {
    const places = (most: number) => node.setStorage({ SubtensorModule: { MaxAllowedUids: [[[2], most]] } });
    const alarms = (): string[] => fleetAlarms({ alarms: () => [] }, fleet).map(({ reason }) => reason);
    const told: string[] = [];
    const unsubscribe = fleet.onApplied(({ events }) => told.push(...events.map(({ reason }) => reason)));
    expect(alarms()).to.deep.equal([]);
    await node.setStorage({ SubtensorModule: { ImmunityPeriod: [[[2], 1]] } });
    await places(2);
    await waitFor('the alarm', () => alarms().join() === 'deregistration_near');
    await places(256);
    await waitFor('no alarm', () => alarms().length === 0);
    unsubscribe();
    expect(told.filter((reason) => reason.startsWith('deregistration_'))).to.deep.equal([
      'deregistration_near',
      'deregistration_averted',
    ]);
  });

  it('end with the place, unless it may be registered again', async () => {
    const pruned = { SubtensorModule: { Uids: [[[2, hotkey], null]] } };
    await node.setStorage(pruned);
    await judged('withdrawn', 'hotkey_pruned');
    expect(calls()).to.have.length(1);
    apply({ register: { highestPrice: '1000000000', again: 'when_pruned' }, serve: undefined });
    await judged('admitted', 'duties_done');
    await finalised(2);
  });
});
