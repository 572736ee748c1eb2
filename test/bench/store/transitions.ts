import type { InstanceRecord } from '../../../common/model/instance.js';
import type { InstanceStatus } from '../../../coordinator/fleet/port.js';
import type { OpenedFleet } from './fill.js';
import { hostId, PER_HOST } from './fill.js';

/** Transactions under way at once when each is one transition. */
export const UNDER_WAY = 1_000;
/** Transactions of a host's hundred under way at once. */
const HOSTS_UNDER_WAY = 200;

/** One transition a transaction, a thousand under way, for so many seconds. */
export async function oneByOne({ fleet }: OpenedFleet, serials: readonly number[], seconds: number): Promise<Rate> {
  let at = 0;
  return measure(seconds, async () => {
    let durable = Promise.resolve();
    for (let left = UNDER_WAY; left > 0; left -= 1) {
      const serial = serials[(at += 7) % serials.length] ?? 0;
      ({ durable } = fleet.transact((tx) => {
        const record = tx.instance(serial);
        if (record !== undefined) tx.updateInstance(serial, { health: otherHealth(record) });
      }));
    }
    await durable;
    return UNDER_WAY;
  });
}

/** The transitions of a host's instances in one transaction, as its agent reports them, for so many seconds. */
export async function byHost({ fleet }: OpenedFleet, count: number, seconds: number): Promise<Rate> {
  const hosts = Math.ceil(count / PER_HOST);
  let at = 0;
  return measure(seconds, async () => {
    let [durable, done] = [Promise.resolve(), 0];
    for (let left = HOSTS_UNDER_WAY; left > 0; left -= 1) {
      const host = hostId((at += 1) % hosts);
      const statuses = Array.from(fleet.instancesOn(host), statusOf);
      const committed = fleet.transact((tx) => tx.reportInstances(host, statuses));
      done += committed.value.get('taken') ?? 0;
      ({ durable } = committed);
    }
    await durable;
    return done;
  });
}

/** Work by the clock, and by the CPU time of the process, which a busy machine lengthens less. */
export interface Rate {
  readonly perS: number;
  readonly perCpuS: number;
}

/** Work done again and again for so many seconds; `some` answers how much it did. */
export async function measure(seconds: number, some: () => Promise<number>): Promise<Rate> {
  const [startMs, cpu] = [performance.now(), process.cpuUsage()];
  let done = 0;
  while (performance.now() - startMs < seconds * 1000) done += await some();
  const { user, system } = process.cpuUsage(cpu);
  return { perS: (1000 * done) / (performance.now() - startMs), perCpuS: (1e6 * done) / (user + system) };
}

/** Spelt out, as the spread of so many fields would be what is measured. */
function statusOf(record: InstanceRecord): InstanceStatus {
  const { serial, state, reason, text, restarts, exitCode, containerId, startedAtMs } = record;
  return { serial, state, health: otherHealth(record), reason, text, restarts, exitCode, containerId, startedAtMs };
}

function otherHealth({ health }: InstanceRecord): InstanceRecord['health'] {
  return health === 'healthy' ? 'none' : 'healthy';
}
