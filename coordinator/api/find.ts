import { HeadframeError } from '../../common/model/error.js';
import type { HostRecord } from '../../common/model/host.js';
import { instanceId, isEnded, parseInstanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import { didYouMean } from '../../common/model/schema/index.js';
import type { FleetSight } from './scoped-fleet.js';

/** Names looked through for one that was meant: beyond that, an answer costs more than it helps. */
const MOST_NAMES = 10_000;

/** The miner of that name. Throws `HeadframeError` (not_found, 'miner_not_found') that suggests the name meant. */
export function findMiner(fleet: FleetSight, name: string): MinerRecord {
  const found = fleet.miner(name);
  if (found !== undefined) return found;
  const known = namesOf(fleet.miners(), ({ spec }) => [spec.name]);
  throw unknown('miner', name, didYouMean(name, known), 'headframe miners ls shows all.');
}

/**
 * The host with that id or, if only one has it, name. Throws `HeadframeError`: not_found ('host_not_found') that suggests
 * the name meant, failed_precondition ('ambiguous_host') with the ids of those of that name.
 */
export function findHost(fleet: FleetSight, idOrName: string): HostRecord {
  const byId = fleet.host(idOrName);
  if (byId !== undefined) return byId;
  const named = [...fleet.hosts()].filter(({ name }) => name === idOrName);
  if (named.length > 1) throw ambiguous(idOrName, named);
  const [only] = named;
  if (only !== undefined) return only;
  const known = namesOf(fleet.hosts(), ({ id, name }) => [name, id]);
  throw unknown('host', idOrName, didYouMean(idOrName, known), 'headframe hosts ls shows all.');
}

/** The instance of that id. Throws `HeadframeError` (not_found, 'instance_not_found') that suggests the id meant. */
export function findInstance(fleet: FleetSight, id: string): InstanceRecord {
  const parsed = parseInstanceId(id);
  const found = parsed && fleet.instance(parsed.serial);
  if (found !== undefined && found.miner === parsed?.miner) return found;
  const miner = parsed?.miner ?? id;
  const live = namesOf(fleet.instancesOf(miner), (record) =>
    isEnded(record.state) ? [] : [instanceId(record.miner, record.serial)],
  );
  throw unknown('instance', id, didYouMean(id, live), 'headframe instances ls shows all.');
}

function namesOf<T>(items: Iterable<T>, read: (item: T) => readonly string[]): string[] {
  const names: string[] = [];
  for (const item of items) {
    names.push(...read(item));
    if (names.length >= MOST_NAMES) break;
  }
  return names;
}

function unknown(what: 'miner' | 'host' | 'instance', name: string, meant: string | undefined, list: string): Error {
  return new HeadframeError({
    code: 'not_found',
    reason: `${what}_not_found`,
    message: `there is no ${what} ${name.slice(0, 100)}`,
    remedy: meant === undefined ? list : `Did you mean ${meant}? ${list}`,
    metadata: { [what]: name.slice(0, 100), ...(meant === undefined ? {} : { meant }) },
  });
}

function ambiguous(name: string, hosts: readonly HostRecord[]): HeadframeError {
  const ids = hosts.map(({ id }) => id);
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'ambiguous_host',
    message: `${ids.length} hosts have the name ${name}`,
    remedy: `Name the host by its id: ${ids.slice(0, 10).join(', ')}.`,
    metadata: { host: name },
  });
}
