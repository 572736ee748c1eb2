import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord, InstanceState } from '../../common/model/instance.js';
import type { Fleet } from '../../coordinator/fleet/index.js';
import { Scheduler } from '../../coordinator/scheduler/index.js';
import { openFleetFixture } from './fleet-fixture.js';
import type { FleetFixture } from './fleet-fixture.js';
import { sampleMiner, sampleWorkload } from './fleet-samples.js';
import { placementHost, placementSpec } from './placement-samples.js';
import type { DemandShape, HostShape } from './placement-samples.js';
import type { MemoryStore } from './memory-store.js';
import { seededRandom } from './seeded-random.js';

/** A scheduler at work on a fleet in memory. */
export interface SchedulerFixture extends FleetFixture {
  readonly scheduler: Scheduler;
  /** Resolves once nothing is left to decide. */
  readonly settle: () => Promise<void>;
  /** Ends the scheduler, and rejects with what broke it. */
  readonly stop: () => Promise<void>;
}

const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Starts a scheduler on an empty fleet, or on what `prepare` puts there. */
export async function startScheduler(
  prepare: (fleet: Fleet) => void = () => undefined,
  { store, ...options }: { readonly seed?: number; readonly store?: MemoryStore } = {},
): Promise<SchedulerFixture> {
  const fixture = await openFleetFixture(store);
  prepare(fixture.fleet);
  const random = seededRandom(options.seed ?? 1);
  const scheduler = new Scheduler(fixture.fleet, { clock: fixture.clock, random, yieldTurn, ...options });
  const abort = new AbortController();
  const ended = scheduler.start(abort.signal);
  ended.catch(() => undefined); // `stop` tells; until then it is nobody's.
  return {
    ...fixture,
    scheduler,
    settle: async () => {
      for (let turns = 0; !scheduler.settled; turns += 1) {
        if (turns > 10_000) throw new Error('the scheduler does not settle');
        await yieldTurn();
      }
    },
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
}

/** Puts a host into the fleet, or its changed record. */
export function putHost(fleet: Fleet, id: string, shape: HostShape = {}): HostRecord {
  const host = placementHost(id, shape);
  fleet.transact((tx) => tx.putHost(host));
  return host;
}

/** Applies a miner with `count` new pending instances of a workload of its own; gives the first serial. */
export function putMiner(fleet: Fleet, miner: string, count: number, shape: DemandShape = {}): number {
  const spec = { ...placementSpec({ miner, ...shape }), replicas: count, ...shape.spec };
  return fleet.transact((tx) => {
    tx.putMiner(sampleMiner(spec, { workloadId: tx.revision }));
    tx.putWorkload(sampleWorkload(spec, tx.revision));
    return tx.createInstances(miner, tx.revision, count, { reason: 'queued', text: '' });
  }).value;
}

/** Sets the state of an instance. */
export function setState(fleet: Fleet, serial: number, state: InstanceState, reason = 'stopped'): void {
  fleet.transact((tx) => tx.updateInstance(serial, { state, reason, text: '' }));
}

/** Ends what is stopping, by default what makes room, again and again until nothing more is; gives how many ended. */
export async function endPreempted(
  at: Pick<SchedulerFixture, 'fleet' | 'settle'>,
  which: (record: InstanceRecord) => boolean = ({ reason }) => reason === 'preempted',
): Promise<number> {
  let ended = 0;
  for (let left = true; left;) {
    await at.settle();
    left = false;
    for (const record of [...at.fleet.instances()]) {
      if (record.state !== 'stopping' || !which(record)) continue;
      setState(at.fleet, record.serial, 'stopped', record.reason);
      ended += 1;
      left = true;
    }
  }
  return ended;
}

/** The instances of a miner by host, '' for those that wait. */
export function instancesByHost(fleet: Fleet, miner: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { hostId = '' } of fleet.instancesOf(miner)) counts[hostId] = (counts[hostId] ?? 0) + 1;
  return counts;
}

/** The record of an instance that exists. */
export function instanceOf(fleet: Fleet, serial: number): InstanceRecord {
  const found = fleet.instance(serial);
  if (found === undefined) throw new Error(`no instance ${String(serial)}`);
  return found;
}
