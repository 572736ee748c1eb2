import { systemClock } from '../../../common/model/clock.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
import type { Fleet } from '../../../coordinator/fleet/index.js';
import { openLowdbStore } from '../../../coordinator/store/index.js';
import type { Store } from '../../../coordinator/store/store.js';
import { sampleHost, sampleMiner, sampleSpec, sampleWorkload } from '../../support/fleet-samples.js';

const MIB = 2 ** 20;

/** A fleet over the embedded store on a real disk. */
export interface OpenedFleet {
  readonly fleet: Fleet;
  readonly store: Store;
}

/** Instances of each host. */
export const PER_HOST = 100;
/** What an instance asks for: hosts of 8 CPUs have room for more than they get. */
export const SMALL = { cpuMillis: 50, memoryBytes: 64 * MIB, diskBytes: 256 * MIB, gpus: 0, pids: 0 };
/** Instances of each miner. */
const PER_MINER = 500;

/** Opens the store of a folder and the fleet in it. */
export async function open(folder: string): Promise<OpenedFleet> {
  const store = openLowdbStore(folder);
  return { fleet: await openFleet(store, { clock: systemClock }), store };
}

/** Puts `count` running instances on hosts of a hundred each, a part of them with a port; answers when they are durable. */
export async function fill({ fleet }: OpenedFleet, count: number): Promise<void> {
  const hosts = Math.ceil(count / PER_HOST);
  fleet.transact((tx) => {
    for (let at = 0; at < hosts; at += 1) tx.putHost(sampleHost(hostId(at)));
  });
  for (let at = 0; at * PER_MINER < count; at += 1) {
    const serials = create(fleet, at, Math.min(PER_MINER, count - at * PER_MINER));
    fleet.transact((tx) => {
      assign(tx, serials, at, hosts);
    });
  }
  await fleet.transact(() => undefined).durable;
  for (let at = 0; at < hosts; at += 1) {
    const { durable } = fleet.transact((tx) => tx.reportInstances(hostId(at), runningOn(fleet, at)));
    if (at % PER_HOST === 0) await durable;
  }
  await fleet.transact(() => undefined).durable;
}

/** Id of the host with a number. */
export function hostId(at: number): string {
  return `host-${String(at)}`;
}

function create(fleet: Fleet, at: number, count: number): number[] {
  const spec = sampleSpec({ name: `miner-${String(at)}`, replicas: count, resources: SMALL });
  const first = fleet.transact((tx) => {
    tx.putMiner(sampleMiner(spec, { workloadId: at + 1 }));
    tx.putWorkload(sampleWorkload(spec, at + 1));
    return tx.createInstances(spec.name, at + 1, count, { reason: 'queued', text: 'Waits for its turn.' });
  }).value;
  return Array.from({ length: count }, (_, offset) => first + offset);
}

/** In runs of up to eight, as the scheduler places them; every fourth miner with ports. */
function assign(
  tx: Parameters<Parameters<Fleet['transact']>[0]>[0],
  serials: readonly number[],
  at: number,
  hosts: number,
): void {
  for (let from = 0; from < serials.length; from += 8) {
    const run = serials.slice(from, from + 8);
    tx.assignInstances({
      hostId: hostId((at * 61 + (from / 8) * 7) % hosts),
      serials: run,
      hostPorts: at % 4 === 0 ? run.map((serial) => [20_000 + (serial % 10_000)]) : undefined,
      gpuIds: undefined,
      reason: 'placed',
      text: 'least dominant share, 37 %, of 4 candidates',
    });
  }
}

function runningOn(
  fleet: Fleet,
  at: number,
): Parameters<Parameters<Parameters<Fleet['transact']>[0]>[0]['reportInstances']>[1] {
  return [...fleet.instancesOn(hostId(at))].map(({ serial }) => ({
    serial,
    state: 'running',
    health: 'none',
    reason: 'started',
    text: '',
    restarts: 0,
    exitCode: undefined,
    containerId: serial.toString(16).padStart(64, '0'),
    startedAtMs: 1_760_000_000_000 + serial,
  }));
}
