import { HeadframeError } from '../../common/model/error.js';
import type { HostRecord } from '../../common/model/host.js';
import type { Labels } from '../../common/model/miner.js';
import type { AgentHello } from '../../common/wire/agent.js';
import type { Transaction } from '../fleet/port.js';
import { withFingerprint } from './fingerprints.js';

/**
 * Takes an agent's hello into the fleet: a new host joins, with the labels of its token, and a known one is ready again.
 * Writes only what changed.
 */
export function admit(tx: Transaction, hello: AgentHello, labels: Labels = {}): void {
  if (hello.epoch > tx.epoch) throw epochBehind(hello, tx.epoch);
  const known = tx.host(hello.hostId);
  const next = known
    ? { ...known, ...said(hello), ...back(known), changedAtMs: tx.atMs }
    : newHost(hello, labels, tx.atMs);
  if (known?.state === 'ready' && describes(known) === describes(next)) return;
  tx.putHost(withFingerprint(tx, known, next));
  const { id, state, reason, text } = next;
  tx.event({ subject: 'host', id, hostId: id, reason, text, state });
}

type Said = Pick<
  HostRecord,
  | 'name'
  | 'agentLabels'
  | 'description'
  | 'claimed'
  | 'reserved'
  | 'portRange'
  | 'agentVersion'
  | 'runtime'
  | 'capabilities'
>;

/** What is the agent's to say of its host. */
function said(hello: AgentHello): Said {
  const { labels, description, claimed, reserved, portRange, agentVersion, runtime, capabilities } = hello;
  return {
    name: hello.hostName,
    agentLabels: labels,
    description,
    claimed,
    reserved,
    portRange,
    agentVersion,
    runtime,
    capabilities,
  };
}

function newHost(hello: AgentHello, operatorLabels: Labels, atMs: number): HostRecord {
  return {
    ...said(hello),
    id: hello.hostId,
    state: 'ready',
    cordoned: false,
    draining: false,
    reason: 'host_joined',
    text: 'the agent connected for the first time',
    operatorLabels,
    joinedAtMs: atMs,
    changedAtMs: atMs,
  };
}

function back(known: HostRecord): Pick<HostRecord, 'state' | 'reason' | 'text'> {
  if (known.state === 'ready')
    return { state: 'ready', reason: 'host_changed', text: 'the agent reported changed facts' };
  return { state: 'ready', reason: 'host_rejoined', text: `was ${known.state} and is back` };
}

/** What an agent says of its host, for comparison. */
function describes(host: Said): string {
  const { name, agentLabels, description, claimed, reserved, portRange, agentVersion, runtime } = host;
  const { capabilities = [] } = host;
  return JSON.stringify([
    name,
    agentLabels,
    description,
    claimed,
    reserved,
    portRange,
    agentVersion,
    runtime,
    capabilities,
  ]);
}

function epochBehind(hello: AgentHello, epoch: number): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'epoch_behind',
    message: `the agent has seen epoch ${String(hello.epoch)}, this coordinator is at ${String(epoch)}`,
    remedy:
      'This coordinator runs on an older copy of the store: use the newer store, or restore with headframe store restore, which raises the epoch.',
  });
}
