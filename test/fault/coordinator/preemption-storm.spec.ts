import { expect } from 'chai';
import { holdsCapacity, parseInstanceId } from '../../../common/model/instance.js';
import type { InstanceRecord } from '../../../common/model/instance.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import { instancesIn } from '../../../coordinator/instances/instance-rows.js';
import type { StoreCommit } from '../../../coordinator/store/store.js';
import { openCoordinatorFixture } from '../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../support/coordinator-fixture.js';
import { seededRandom } from '../../support/seeded-random.js';
import { waitFor } from '../../support/wait-for.js';

const HOSTS = 6;
const CPUS = 16_000;
const STORM_MS = 6000;
/** Evictions a minute in a fleet of this size, and of them for one miner. */
const MOST = { all: 100, one: 50 } as const;

interface Stormy {
  readonly name: string;
  readonly priority: number;
  readonly cpuMillis: number;
  readonly identity: string;
}

/** Of every priority one that may have many, and three that share an identity with a rival of another priority. */
const MINERS: readonly Stormy[] = [
  ...[0, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 1000].map((priority) => ({
    name: `crowd-${String(priority)}`,
    priority,
    cpuMillis: priority % 200 === 0 ? 1000 : 500,
    identity: '',
  })),
  ...[100, 500, 900].flatMap((priority) =>
    ['a', 'b', 'c'].map((key) => ({
      name: `holder-${key}-${String(priority)}`,
      priority,
      cpuMillis: 4000,
      identity: `hotkey-${key}`,
    })),
  ),
];

const priorityOf = new Map(MINERS.map(({ name, priority }) => [name, priority]));

function specOf({ name, priority, cpuMillis, identity }: Stormy, replicas: number): Partial<MinerSpec> {
  const resources = { cpuMillis, memoryBytes: 2 ** 24, diskBytes: 2 ** 20, gpus: 0, pids: 0 };
  return { name, priority, identity, replicas, resources, stopGraceMs: 1000 };
}

/** Goes through all that was committed, and notes what was against the rules at any time. */
class Audit {
  readonly problems: string[] = [];
  readonly evictions: { readonly victim: string; readonly preemptor: string }[] = [];
  readonly #instances = new Map<number, InstanceRecord>();
  readonly #stopped = new Set<number>();

  take({ changes }: StoreCommit): void {
    for (const change of changes) {
      if (change.kind === 'instanceRemoved') this.#instances.delete(change.serial);
      for (const record of instancesIn(change)) this.#instances.set(record.serial, record);
      for (const record of instancesIn(change)) this.#note(record);
    }
    this.#checkHolders();
    this.#checkHosts();
  }

  #note({ serial, state, reason, text, miner: victim }: InstanceRecord): void {
    if (state !== 'stopping' || reason !== 'preempted' || this.#stopped.has(serial)) return;
    this.#stopped.add(serial);
    const preemptor = parseInstanceId(/ (\S+-\d+),/.exec(text)?.[1] ?? '')?.miner ?? '';
    this.evictions.push({ victim, preemptor });
    if ((priorityOf.get(preemptor) ?? 0) - (priorityOf.get(victim) ?? 0) < 100)
      this.problems.push(`${preemptor} evicts ${victim}`);
  }

  #checkHolders(): void {
    const holders = new Map<string, string>();
    for (const { state, miner, serial } of this.#instances.values()) {
      const { identity = '' } = MINERS.find(({ name }) => name === miner) ?? {};
      if (identity === '' || !holdsCapacity(state)) continue;
      const other = holders.get(identity);
      if (other !== undefined) this.problems.push(`${identity} is held by ${other} and ${miner}-${String(serial)}`);
      holders.set(identity, `${miner}-${String(serial)}`);
    }
  }

  #checkHosts(): void {
    const used = new Map<string, number>();
    for (const { state, miner, hostId = '' } of this.#instances.values())
      if (holdsCapacity(state)) {
        const { cpuMillis = 0 } = MINERS.find(({ name }) => name === miner) ?? {};
        used.set(hostId, (used.get(hostId) ?? 0) + cpuMillis);
      }
    for (const [hostId, cpu] of used) if (cpu > CPUS) this.problems.push(`${hostId} holds ${String(cpu)}`);
  }
}

describe('a storm of miners of every priority', function () {
  this.timeout(90_000);
  let at: CoordinatorFixture;
  before(async () => {
    at = await openCoordinatorFixture({ heartbeatPeriod: '2s', leaseLength: '30s' });
    const claimed = { cpuMillis: CPUS, memoryBytes: 2 ** 36, diskBytes: 2 ** 40, gpus: 0 };
    const reserved = { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 };
    for (let host = 0; host < HOSTS; host += 1)
      await at.connect(`host-${String(host)}`, { hello: { claimed, reserved } });
  });
  after(() => at.close());

  /** Applies, scales and deletes at random for a while. */
  async function rage(): Promise<void> {
    const random = seededRandom(7);
    const until = Date.now() + STORM_MS;
    while (Date.now() < until) {
      const miner = MINERS[Math.floor(random() * MINERS.length)];
      if (miner === undefined) continue;
      const most = miner.identity === '' ? 40 : 1;
      if (random() < 0.1) await at.fleet.deleteMiner({ name: miner.name }).catch(() => undefined);
      // Refused while it is being deleted.
      else await at.apply(specOf(miner, Math.ceil(random() * most))).catch(() => undefined);
    }
  }

  const settled = async (): Promise<boolean> => (await at.fleet.getFleetStatus({})).settled;

  it('evicts within its bounds, down in priority only, comes to rest, and never has an identity twice', async () => {
    // First a fleet full of the lowest, so that everybody else has somebody to evict.
    await at.apply(specOf(MINERS[0] ?? { name: '', priority: 0, cpuMillis: 0, identity: '' }, 2000));
    await waitFor('the fleet to fill up', settled);
    await rage();
    // Whatever came before, this is more than a minute allows.
    const crowd = specOf({ name: 'crowd-1000', priority: 1000, cpuMillis: 1000, identity: '' }, 180);
    // The rage may have left it being deleted.
    await waitFor('the crowd to be taken', () =>
      at.apply(crowd).then(
        () => true,
        () => false,
      ),
    );
    await waitFor('the storm to settle', settled, 30_000);
    const audit = new Audit();
    for (const commit of at.store.commits) audit.take(commit);
    expect(audit.problems).to.deep.equal([]);
    expect(audit.evictions.length).to.be.within(MOST.one, MOST.all);
    const byMiner = new Map<string, number>();
    for (const { preemptor } of audit.evictions) byMiner.set(preemptor, (byMiner.get(preemptor) ?? 0) + 1);
    for (const count of byMiner.values()) expect(count).to.be.at.most(MOST.one);
    const pairs = new Set(audit.evictions.map(({ victim, preemptor }) => `${victim} ${preemptor}`));
    for (const { victim, preemptor } of audit.evictions) expect([...pairs]).to.not.include(`${preemptor} ${victim}`);

    // Of those that wait somebody says that the minute's bound is why; nobody says nothing.
    const { miners } = await at.fleet.listMiners({ pageSize: 1000 });
    const waiting = miners.filter(({ counts }) => (counts?.pending ?? 0) > 0);
    for (const { why, spec } of waiting) expect(why?.reason, spec?.name).to.be.a('string').and.not.equal('queued');
    expect(waiting.map(({ why }) => why?.reason)).to.include('preemption_limited');
  });
});
