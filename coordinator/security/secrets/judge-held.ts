import { holdsCapacity, instanceId } from '../../../common/model/instance.js';
import type { SecretRecord } from '../../../common/model/secret.js';
import type { FleetReader } from '../../fleet/port.js';

/** An instance whose secrets are asked for, and the ids of the values that its host has already, by name. */
export interface HeldSecrets {
  readonly serial: number;
  readonly valueIds: ReadonlyMap<string, string>;
}

/** What a host is to be given for an instance. */
export interface Judged {
  /** Such as `instance/alpha-7`. */
  readonly subject: string;
  /** Those that it has not. */
  readonly give: readonly SecretRecord[];
  /** Why it is not given all; empty when it is. */
  readonly reason: string;
  readonly text: string;
  /** Whether it asked for what is not its own. */
  readonly forbidden: boolean;
}

/** Decides what a host is given for an instance: what its miner's namespace has of what it refers to, and only on its own host. Pure. */
export function judgeHeld(
  fleet: Pick<FleetReader, 'instance' | 'workload' | 'miner' | 'secret'>,
  hostId: string,
  { serial, valueIds }: HeldSecrets,
): Judged {
  const instance = fleet.instance(serial);
  const nothing = { give: [], forbidden: false };
  // One that is not there is answered like another host's: nobody learns which there are.
  if (instance?.hostId !== hostId) {
    const text = `no instance ${String(serial)} is assigned to this host`;
    return { ...nothing, subject: `instance/${String(serial)}`, reason: 'secret_forbidden', text, forbidden: true };
  }
  const subject = `instance/${instanceId(instance.miner, serial)}`;
  const refs = fleet.workload(instance.workloadId)?.container.secrets ?? [];
  const namespace = fleet.miner(instance.miner)?.spec.namespace;
  if (!holdsCapacity(instance.state) || namespace === undefined)
    return { ...nothing, subject, reason: 'not_assigned', text: 'the instance has ended' };
  const found = refs.map(({ name }) => ({ name, record: fleet.secret(namespace, name) }));
  const missing = found.filter(({ record }) => record === undefined).map(({ name }) => `${namespace}/${name}`);
  const give = found.flatMap(({ name, record }) =>
    record === undefined || record.valueId === valueIds.get(name) ? [] : [record],
  );
  const why =
    missing.length === 0 ? { reason: '', text: '' } : { reason: 'secret_missing', text: missingText(missing) };
  return { subject, give, ...why, forbidden: false };
}

function missingText(names: readonly string[]): string {
  return `there is no secret ${names.slice(0, 5).join(', ')}`;
}
