import { HeadframeError } from '../../common/model/error.js';
import { hasEnded } from '../../common/model/intent.js';
import type { NetworkRecord } from '../../common/model/network.js';
import type { Transaction } from '../fleet/port.js';
import { networkNotFound } from './networks.js';

/** Each costs a connection and its metadata in memory. */
const MOST_NETWORKS = 32;

/** A network as an operator declares it, checked. */
export type NetworkSpec = Pick<NetworkRecord, 'name' | 'endpoints' | 'genesisHash' | 'labels'>;

/**
 * Declares a network. Throws `HeadframeError`: already_exists ('network_exists'), resource_exhausted
 * ('too_many_networks').
 */
export function addNetwork(tx: Transaction, spec: NetworkSpec): NetworkRecord {
  if (tx.network(spec.name) !== undefined) throw networkExists(spec.name);
  if ([...tx.networks()].length >= MOST_NETWORKS) throw tooManyNetworks();
  const record = { ...spec, createdAtMs: tx.atMs, updatedAtMs: tx.atMs };
  tx.putNetwork(record);
  const text = `Network ${spec.name}, with ${String(spec.endpoints.length)} endpoint(s).`;
  tx.event({ subject: 'fleet', id: '', reason: 'network_added', text });
  return record;
}

/**
 * Removes a network. Throws `HeadframeError`: not_found ('network_not_found'), failed_precondition ('network_in_use')
 * while calls on it are not settled: without a connection nobody could tell what became of them.
 */
export function removeNetwork(tx: Transaction, name: string): void {
  if (tx.network(name) === undefined) throw networkNotFound(name, undefined);
  const open = [...tx.intents()].filter((intent) => intent.network === name && !hasEnded(intent));
  if (open.length > 0)
    throw networkInUse(
      name,
      open.map(({ id }) => id),
    );
  tx.removeNetwork(name);
  // Whatever is declared under this name next may be another chain. What was earned stays.
  for (const { network, netuid } of [...tx.subnets()]) if (network === name) tx.removeSubnet(network, netuid);
  tx.event({ subject: 'fleet', id: '', reason: 'network_removed', text: `Network ${name}.` });
}

function networkExists(name: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'network_exists',
    message: `the network ${name} is there`,
    remedy: `See headframe networks show ${name}; to change its endpoints remove it and add it again.`,
    metadata: { network: name },
  });
}

function networkInUse(name: string, intents: readonly string[]): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'network_in_use',
    message: `calls on the network ${name} are not settled: ${intents.slice(0, 5).join(', ')}`,
    remedy: 'Wait until they have ended; nobody could tell what became of them without the network.',
    metadata: { network: name, intents: String(intents.length) },
  });
}

function tooManyNetworks(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_networks',
    message: `there are ${String(MOST_NETWORKS)} networks already`,
    remedy: 'Remove those that nothing uses: headframe networks rm.',
  });
}
