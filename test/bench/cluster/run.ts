import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../../../common/model/clock.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
import type { Fleet } from '../../../coordinator/fleet/index.js';
import { sampleMiner, sampleSpec, sampleWorkload } from '../../support/fleet-samples.js';
import { openOnCluster } from '../../support/jetstream-store.js';
import { NatsCluster } from '../../support/nats-cluster.js';
import { seededRandom } from '../../support/seeded-random.js';
import { decideAll, makeReady } from '../placement/decide.js';
import { plant } from '../placement/planted-fleet.js';
import type { PlantedFleet } from '../placement/planted-fleet.js';
import { printResult, say } from '../report.js';
import { SMALL } from '../store/fill.js';
import { oneByOne } from '../store/transitions.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    hosts: { type: 'string', default: '10000' },
    miners: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '5' },
  },
});
/** Assignments of one transaction, as the scheduler bounds them. */
const BATCH = 16_384;
const metrics: Record<string, number> = {};

function tell(key: string, value: number): void {
  metrics[key] = value;
  say(`${key} ${value.toFixed(value < 100 ? 2 : 0)} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
}

async function seconds(key: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await work();
  tell(key, (performance.now() - startMs) / 1000);
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

const nats = await NatsCluster.start();
try {
  const planted = plant({ hosts: Number(values.hosts), miners: Number(values.miners), demand: 0.91 }, seededRandom(1));
  const store = openOnCluster(nats, 'bench');
  const fleet = await openFleet(store, { clock: systemClock });
  say(`${String(planted.instances)} instances on ${values.hosts} hosts`);
  await seconds('put_s', () => put(fleet, planted));
  await seconds('decide_to_durable_s', async () => tell('instances', await decide(fleet, planted)));
  const serials = Array.from(fleet.instances(), ({ serial }) => serial);
  tell('puts_per_s', (await oneByOne({ fleet, store }, serials, Number(values.seconds))).perS);
  await store.close();
  const next = openOnCluster(nats, 'bench');
  await seconds('load_s', async () => {
    await openFleet(next, { clock: systemClock });
  });
  await next.close();
} finally {
  await nats[Symbol.asyncDispose]();
}
printResult({
  bench: 'cluster',
  metrics,
  notes: [
    'three NATS servers on this machine, sync_interval always, three replicas',
    'decide_to_durable_s: decisions and durable assignments of all instances, without their dispatch',
    'puts_per_s: acknowledged transactions of one transition each, a thousand under way',
  ],
});
