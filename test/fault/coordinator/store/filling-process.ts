import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { openFleet } from '../../../../coordinator/fleet/index.js';
import { openLowdbStore } from '../../../../coordinator/store/index.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { addMiner } from '../../../support/fleet-fixture.js';

/*
 * Says how many instances run when it starts; creates, places and reports instances in batches of the folder's store until a commit is refused, and says how many
 * instances run as far as was acknowledged; then says with what it was refused, tries once more, and ends.
 */
const BATCH = 50;
const store = openLowdbStore(process.argv[2] ?? '');
const fleet = await openFleet(store, { clock: systemClock });
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

async function runMore(): Promise<void> {
  const first = fleet.transact((tx) => tx.createInstances('alpha', 1, BATCH, { reason: 'queued', text: '' })).value;
  const serials = Array.from({ length: BATCH }, (_, at) => first + at);
  const place = { hostId: 'host-1', serials, hostPorts: undefined, gpuIds: undefined, reason: 'placed', text: '' };
  fleet.transact((tx) => tx.assignInstances(place));
  const state = { state: 'running', health: 'none', reason: 'started', text: '', restarts: 0 } as const;
  const containerIdOf = (serial: number): string => serial.toString(16).padStart(64, '0');
  const statusOf = (serial: number) => ({ ...state, serial, containerId: containerIdOf(serial), startedAtMs: serial });
  const statuses = serials.map((serial) => ({ ...statusOf(serial), exitCode: undefined }));
  await fleet.transact((tx) => tx.reportInstances('host-1', statuses)).durable;
}

async function reasonOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'none';
  } catch (thrown) {
    return thrown instanceof HeadframeError ? thrown.reason : String(thrown);
  }
}

if (fleet.miner('alpha') === undefined) {
  fleet.transact((tx) => tx.putHost(sampleHost()));
  addMiner(fleet, { name: 'alpha' });
}
say({ found: fleet.countsOf('alpha').running });
const refused = await reasonOf(async () => {
  for (const limit = Number(process.argv[3] ?? Infinity); fleet.countsOf('alpha').running < limit;) {
    await runMore();
    say({ running: fleet.countsOf('alpha').running });
  }
});
const again = await reasonOf(async () => fleet.transact((tx) => tx.putSetting('probe', {})).durable);
const cause = refused === 'none' ? undefined : await fleet.failed;
say({ refused, again, code: codeOf(cause) });
await store.close();

/** What the disk said. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' && /^E/.test(error.code) ? error.code : codeOf(error.cause);
}
