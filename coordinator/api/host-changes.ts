import type { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { HostRecord } from '../../common/model/host.js';
import type { Labels } from '../../common/model/miner.js';
import { checkSchema, labelsField } from '../../common/model/schema/index.js';
import type { CallContext, ServiceImplementation } from '../../common/rpc/index.js';
import { hostToWire } from '../../common/wire/client.js';
import { boundedText } from '../../common/wire/texts.js';
import type { FleetReader, Transaction } from '../fleet/port.js';
import { removeHost } from '../providers/index.js';
import { calledOff, keptAfterwards } from '../upkeep/index.js';
import { holdingCount } from '../fleet/index.js';
import { findHost } from './find.js';
import { requireMatch } from './if-match.js';
import type { ApiParts } from './parts.js';
import { invalidRequest } from './refuse.js';
import type { Views } from './views.js';

/** The handlers that change hosts. */
type HostChanges = Pick<
  ServiceImplementation<typeof HostService>,
  'labelHost' | 'cordonHost' | 'uncordonHost' | 'drainHost' | 'removeHost' | 'releaseBrake'
>;

/** Leases named in the text of a drain. */
const MOST_NAMED = 10;

/** Makes the handlers; all answer once what they did is durable. */
export function hostChanges({ fleet, liveness }: ApiParts, views: Views): HostChanges {
  const change = async (idOrName: string, context: CallContext, how: (host: HostRecord) => Partial<HostRecord>) => {
    const { value, durable } = fleet.transact((tx) => {
      const host = findHost(tx, idOrName);
      requireMatch(context, views.revisionOfHost(host.id));
      putChanged(tx, host, how(host));
      return tx.host(host.id) ?? host;
    });
    await durable;
    return { host: hostToWire(views.host(fleet.host(value.id) ?? value)) };
  };
  return {
    labelHost: ({ host, set, remove }, context) => change(host, context, (record) => relabelled(record, set, remove)),
    cordonHost: ({ host, text }, context) =>
      change(host, context, (record) => ({
        ...cordoned('host_cordoned', text, 'Cordoned by an operator.'),
        ...keptAfterwards(record, { cordoned: true, draining: false }),
      })),
    uncordonHost: ({ host }, context) => change(host, context, uncordoned),
    drainHost: async ({ host, text }, context) => {
      const drained = { ...cordoned('host_draining', text, 'Drained by an operator.'), draining: true };
      const flags = { cordoned: true, draining: true };
      const answer = await change(host, context, (record) => ({
        ...drained,
        text: `${drained.text ?? ''}${leasesText(fleet, record.id)}`,
        ...keptAfterwards(record, flags),
      }));
      return { ...answer, remaining: holdingCount(fleet.countsOn(answer.host.id)) };
    },
    removeHost: async ({ host, force }, context) => {
      await fleet.transact((tx) => {
        const found = findHost(tx, host);
        requireMatch(context, views.revisionOfHost(found.id));
        removeHost(tx, found, { force, by: 'an operator' });
      }).durable;
      return {};
    },
    releaseBrake: async () => ({ hosts: [...(await liveness.releaseBrake())] }),
  };
}

/** A drain moves no lease: it waits for their ends. */
function leasesText(fleet: FleetReader, hostId: string): string {
  const held = [...fleet.leases()].filter((lease) => lease.hostId === hostId && lease.state !== 'released');
  if (held.length === 0) return '';
  const named = held.slice(0, MOST_NAMED).map(({ id }) => id);
  const more = held.length > MOST_NAMED ? ` and ${held.length - MOST_NAMED} more` : '';
  return ` Leases stay until they end: ${named.join(', ')}${more}.`;
}

function putChanged(tx: Transaction, host: HostRecord, patch: Partial<HostRecord>): void {
  const changed = { ...host, ...patch };
  if (JSON.stringify(changed) === JSON.stringify(host)) return;
  tx.putHost({ ...changed, changedAtMs: tx.atMs });
  const { id, reason, text, state } = changed;
  const isLabel = patch.operatorLabels !== undefined;
  const why = isLabel ? { reason: 'host_labelled', text: 'Labels were changed by an operator.' } : { reason, text };
  tx.event({ subject: 'host', id, hostId: id, state, ...why });
}

function cordoned(reason: string, text: string, otherwise: string): Partial<HostRecord> {
  return { cordoned: true, reason, text: text === '' ? otherwise : boundedText(text) };
}

function uncordoned(host: HostRecord): Partial<HostRecord> {
  const off = calledOff(host);
  if (!host.cordoned && !host.draining && !('upkeep' in off)) return {};
  const text = 'Uncordoned by an operator.';
  return { ...off, cordoned: false, draining: false, reason: 'host_uncordoned', text };
}

function relabelled(host: HostRecord, set: Labels, remove: readonly string[]): Partial<HostRecord> {
  const ofAgent = remove.filter(
    (key) => !Object.hasOwn(host.operatorLabels, key) && Object.hasOwn(host.agentLabels, key),
  );
  if (ofAgent.length > 0) throw labelOfAgent(ofAgent);
  const kept = Object.entries(host.operatorLabels).filter(([key]) => !remove.includes(key));
  const operatorLabels = { ...Object.fromEntries(kept), ...set };
  const checked = checkSchema(labelsField, operatorLabels);
  if ('violations' in checked)
    throw invalidRequest(...checked.violations.map(({ path, ...rest }) => ({ path: `set${path}`, ...rest })));
  return { operatorLabels };
}

function labelOfAgent(keys: readonly string[]): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'label_of_agent',
    message: `the agent itself gives ${keys.join(', ')}`,
    remedy: "Remove it from the agent's configuration, or set another value over it.",
  });
}
