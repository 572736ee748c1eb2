import type { Network } from '../../common/gen/headframe/v1/network_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { networkToWire } from '../../common/wire/client.js';
import type { Networks } from '../chain/index.js';
import type { FleetPort } from '../fleet/port.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import { networkView } from './network-views.js';

/** What a watch of networks reads. */
interface NetworkWatchParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly networks: Pick<Networks, 'find'>;
}

/** Between two looks, in milliseconds: blocks come every few seconds. */
const LOOK_MS = 1_000;

/** Networks as they stand, all or that of a name, then those that have changed; level, not edge. */
export async function* watchNetworks(
  { fleet, clock, networks }: NetworkWatchParts,
  wanted: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly networks: Network[]; readonly removed: string[] }, void, undefined> {
  let told: ReadonlyMap<string, string> | undefined;
  while (!signal.aborted) {
    const { value: views } = await readDurably(fleet, (reader) =>
      inOrder(reader.networks(), ({ name }) => name)
        .filter(({ name }) => wanted === '' || name === wanted)
        .map((record) => networkView(record, networks)),
    );
    const marked = views.map((view) => ({ view, mark: JSON.stringify(view) }));
    const changed = marked.filter(({ view, mark }) => told?.get(view.name) !== mark);
    const names = new Set(views.map(({ name }) => name));
    const removed = [...(told?.keys() ?? [])].filter((name) => !names.has(name));
    const isFirst = told === undefined;
    told = new Map(marked.map(({ view, mark }) => [view.name, mark]));
    if (isFirst || changed.length > 0 || removed.length > 0)
      yield { networks: changed.map(({ view }) => networkToWire(view)), removed };
    await clock.sleep(LOOK_MS, signal).catch(() => undefined); // only the signal ends it
  }
}
