import { systemClock } from '../../../common/model/clock.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
import type { Fleet } from '../../../coordinator/fleet/index.js';
import type { Store } from '../../../coordinator/store/store.js';
import { sampleMiner, sampleSpec, sampleWorkload } from '../../support/fleet-samples.js';
import { seededRandom } from '../../support/seeded-random.js';
import { decideAll, makeReady } from '../placement/decide.js';
import { plant } from '../placement/planted-fleet.js';
import type { PlantedFleet } from '../placement/planted-fleet.js';
import { SMALL } from '../store/fill.js';
import { oneByOne } from '../store/transitions.js';

/** What is put into a store and how long it is written to. */
export interface DecidedOptions {
  readonly hosts: number;
  readonly miners: number;
  /** Of single transactions. */
  readonly seconds: number;
}

/** Assignments of one transaction, as the scheduler bounds them. */
const BATCH = 16_384;
const DEMAND = 0.91;

/** Decides where all instances of a fleet go and makes that durable in one store, in this process; figures by their keys. */
export async function measureDecided(open: () => Store, options: DecidedOptions): Promise<Record<string, number>> {
  const planted = plant({ hosts: options.hosts, miners: options.miners, demand: DEMAND }, seededRandom(1));
  const store = open();
  const fleet = await openFleet(store, { clock: systemClock });
  const putS = await secondsOf(() => put(fleet, planted));
  let instances = 0;
  const decidedS = await secondsOf(async () => {
    instances = await decide(fleet, planted);
  });
  const serials = Array.from(fleet.instances(), ({ serial }) => serial);
  const { perS } = await oneByOne({ fleet, store }, serials, options.seconds);
  await store.close();
  const next = open();
  const loadS = await secondsOf(async () => {
    await openFleet(next, { clock: systemClock });
  });
  await next.close();
  return { instances, put_s: putS, decide_to_durable_s: decidedS, puts_per_s: perS, load_s: loadS };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

/** Puts hosts and miners into the fleet, every instance waiting under the serial that `makeReady` gives it. */
async function put(fleet: Fleet, { hosts, miners }: PlantedFleet): Promise<void> {
  fleet.transact((tx) => {
    for (const host of hosts) tx.putHost(host);
  });
  let durable = Promise.resolve();
  for (const [at, { demand, count }] of miners.entries()) {
    const { miner: name } = demand;
    ({ durable } = fleet.transact((tx) => {
      const spec = sampleSpec({ name, replicas: count, resources: SMALL });
      tx.putMiner(sampleMiner(spec, { workloadId: at + 1 }));
      tx.putWorkload(sampleWorkload(spec, at + 1));
      if (count > 0) tx.createInstances(name, at + 1, count, { reason: 'queued', text: 'Waits for its turn.' });
    }));
    if (at % 100 === 0) await durable;
  }
  await durable;
}

/** Decides where all instances go, by the scheduler's own steps, and makes that durable in transactions of its size. */
async function decide(fleet: Fleet, planted: PlantedFleet): Promise<number> {
  const ready = makeReady(planted);
  const placed = decideAll(ready, seededRandom(1));
  let [count, durable] = [0, Promise.resolve()];
  for (let from = 0; from < placed.length;) {
    ({ durable } = fleet.transact((tx) => {
      for (let left = BATCH; left > 0 && from < placed.length; from += 1) {
        const { run, serials } = placed[from] ?? { run: undefined, serials: [] };
        if (run === undefined) break;
        tx.assignInstances({
          hostId: ready.index.entry(run.host).id,
          serials,
          hostPorts: undefined,
          gpuIds: undefined,
          reason: 'placed',
          text: 'least dominant share',
        });
        left -= serials.length;
        count += serials.length;
      }
    }));
    // The coordinator's own work goes on between two turns of its scheduler, too.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await durable;
  return count;
}
