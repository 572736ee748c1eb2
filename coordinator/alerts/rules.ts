import { conditionsOf } from '../../common/model/host.js';
import type { CredentialRecord } from '../../common/model/access.js';
import type { HostRecord } from '../../common/model/host.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { VerdictHistory } from '../../common/model/verdict.js';
import type { Alarm } from '../alarms.js';
import type { FleetReader } from '../fleet/port.js';

/** What of the fleet the rules look at. */
export type RuledFleet = Pick<FleetReader, 'hosts' | 'host' | 'miners' | 'countsOf' | 'credentials' | 'verdicts'>;

/** What is looked for, by single hosts, miners and certificates or by the fleet as a whole. */
export const ALERT_RULES: readonly { readonly reason: string; readonly when: string }[] = [
  { reason: 'host_lost', when: "a host's lease has run out, until it is back or removed" },
  { reason: 'disk_pressure', when: 'an agent says so; likewise all other conditions of hosts' },
  { reason: 'verification_failed', when: 'a host is quarantined by its challenges' },
  { reason: 'miner_not_useful', when: 'a miner that is to run is given up, not admitted, or has no healthy instance' },
  { reason: 'deregistration_near', when: 'a miner is about to lose its place on its chain' },
  { reason: 'certificate_expiring', when: 'the last certificate of a host or person ends soon' },
  { reason: 'challenge_late', when: 'the last proof that a host was asked for came too late' },
  { reason: 'mass_loss', when: 'so many hosts fell silent at once that replacement is braked' },
  { reason: 'store_may_lose', when: 'the NATS servers that hold the store acknowledge before they write' },
  { reason: 'store_server_off', when: 'a NATS server of the store has switched JetStream off' },
  { reason: 'store_server_away', when: 'a NATS server of the store does not answer' },
  { reason: 'store_server_behind', when: 'a NATS server of the store does not catch up with the others' },
  { reason: 'store_server_silent', when: 'a NATS server of the store does not tell of itself' },
  { reason: 'store_room_low', when: 'a NATS server of the store has little room left' },
  { reason: 'reboot_overdue', when: 'a host is not back from its reboot' },
  { reason: 'host_duplicate', when: 'two hosts are one machine' },
  { reason: 'host_other_machine', when: 'a host has become another machine' },
];

/** Part of its life that a certificate has left when it may be told of: agents renew theirs long before. */
const LATE_SHARE = 0.2;

/** What is wrong with single hosts, miners and certificates at this time, beside the alarms of the fleet. Pure. */
export function ruledAlarms(fleet: RuledFleet, nowMs: number, certificateWithinMs: number): Alarm[] {
  return [
    ...[...fleet.hosts()].flatMap(hostAlarms),
    ...[...fleet.miners()].flatMap((miner) => minerAlarms(miner, fleet)),
    ...certificateAlarms(fleet, nowMs, certificateWithinMs),
    ...[...fleet.verdicts()].flatMap((history) => proofAlarms(history, fleet)),
  ];
}

/** A host that is lost, and whatever its agent and its challenges find, such as too little disk. */
function hostAlarms(host: HostRecord): Alarm[] {
  const { id, name, state, changedAtMs } = host;
  if (state === 'removed') return [];
  if (state === 'lost')
    return [{ reason: 'host_lost', about: id, text: `${name}: ${host.text}`, sinceMs: changedAtMs }];
  return conditionsOf(host).map(({ reason, text, sinceMs }) => ({
    ...{ reason, about: id, text: `${name}: ${text}`, sinceMs },
  }));
}

/** Leases are of use to those who rent them. */
function minerAlarms(miner: MinerRecord, fleet: RuledFleet): Alarm[] {
  const { spec, quarantine, admission, rollout, updatedAtMs } = miner;
  const wanted = wantedReplicas(miner);
  if (spec.kind === 'lease' || wanted === 0) return [];
  const raised = (text: string, sinceMs: number): Alarm[] => [
    { reason: 'miner_not_useful', about: spec.name, text: `${spec.name}: ${text}`, sinceMs },
  ];
  if (quarantine !== undefined) return raised(`given up: ${quarantine.text}`, quarantine.atMs);
  if (fleet.countsOf(spec.name).healthy > 0) return [];
  if (admission !== undefined && admission.state !== 'admitted') return raised(admission.text, updatedAtMs);
  // A rollout has a deadline of its own for coming on.
  if (rollout.state === 'progressing' && !rollout.paused) return [];
  return raised(`none of ${String(wanted)} replicas runs and is healthy`, updatedAtMs);
}

/** Of each owner the certificate counts that ends last. */
function certificateAlarms(fleet: RuledFleet, nowMs: number, withinMs: number): Alarm[] {
  const last = new Map<string, CredentialRecord>();
  for (const credential of fleet.credentials()) {
    const owner = ownerOf(credential, fleet);
    if (owner === undefined || credential.revokedAtMs !== undefined) continue;
    if ((last.get(owner)?.notAfterMs ?? 0) < credential.notAfterMs) last.set(owner, credential);
  }
  return [...last].flatMap(([owner, { issuedAtMs, notAfterMs }]) => {
    const fromMs = notAfterMs - Math.min(withinMs, LATE_SHARE * (notAfterMs - issuedAtMs));
    if (nowMs < fromMs) return [];
    const text = `the certificate of ${owner} ${nowMs < notAfterMs ? 'ends' : 'ended'} at ${new Date(notAfterMs).toISOString()}`;
    return [{ reason: 'certificate_expiring', about: owner, text, sinceMs: Math.round(fromMs) }];
  });
}

/** Undefined for those that no host of the fleet has. */
function ownerOf({ role, hostId, name = '' }: CredentialRecord, fleet: RuledFleet): string | undefined {
  if (hostId === undefined) return `${role} ${name}`;
  const state = fleet.host(hostId)?.state;
  return state === undefined || state === 'removed' ? undefined : `host ${hostId}`;
}

/** A host whose last proof of something came too late. */
function proofAlarms({ hostId, type, verdicts }: VerdictHistory, fleet: RuledFleet): Alarm[] {
  const last = verdicts.findLast(({ outcome }) => outcome !== 'void');
  const host = fleet.host(hostId);
  if (last?.reason !== 'challenge_late' || host === undefined || host.state === 'removed') return [];
  const text = `${host.name}: its proof of ${type} came too late: ${last.text}`;
  return [{ reason: last.reason, about: `${hostId} ${type}`, text, sinceMs: last.atMs }];
}
