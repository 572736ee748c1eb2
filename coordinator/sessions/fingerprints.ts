import { compareFingerprints, isOneMachine, partsText } from '../../common/model/fingerprint.js';
import type { FingerprintPart } from '../../common/model/fingerprint.js';
import type { HostRecord } from '../../common/model/host.js';
import type { FleetReader, Transaction } from '../fleet/port.js';

/** Something about the machines behind hosts that an operator has to look at, since unix milliseconds. */
export interface FingerprintAlarm {
  readonly reason: 'host_duplicate' | 'host_other_machine';
  /** Id of the host, or of both with a blank between. */
  readonly about: string;
  readonly text: string;
  readonly sinceMs: number;
}

/**
 * What a host's hello says of its machine, compared with what it was and with all other hosts: tells what changed, and marks
 * a host that is hardly the same machine. That one has to prove everything again.
 */
export function withFingerprint(tx: Transaction, known: HostRecord | undefined, next: HostRecord): HostRecord {
  const [before, after] = [partsOf(known), partsOf(next)];
  const change = compareFingerprints(before, after);
  if (change === undefined && before.length > 0) return next;
  for (const other of duplicatesOf(tx, next)) tell(tx, next, 'host_duplicate', duplicateText(next, other));
  if (change === undefined) return next;
  const text = `gone: ${partsText(change.gone) || 'nothing'}; new: ${partsText(change.come) || 'nothing'}`;
  tell(tx, next, change.isOther ? 'host_other_machine' : 'host_parts_changed', text);
  if (!change.isOther) return next;
  const verification = { verified: {}, quarantine: known?.verification?.quarantine, clearedAtMs: tx.atMs };
  return { ...next, verification, otherMachine: { text, sinceMs: tx.atMs } };
}

/** An alarm for each pair of hosts that is one machine, and each host that has become another one. */
export function fingerprintAlarms(hosts: Iterable<HostRecord>): FingerprintAlarm[] {
  const all = [...hosts].filter((host) => partsOf(host).length > 0);
  const changed = all.flatMap(({ id, name, otherMachine }) =>
    otherMachine === undefined
      ? []
      : [
          {
            reason: 'host_other_machine' as const,
            about: id,
            text: `${name}: ${otherMachine.text}`,
            sinceMs: otherMachine.sinceMs,
          },
        ],
  );
  const pairs = pairsSharing(all).filter(([a, b]) => areOne(a, b));
  const duplicates = pairs.map(([a, b]) => ({
    reason: 'host_duplicate' as const,
    about: `${a.id} ${b.id}`,
    text: duplicateText(a, b),
    sinceMs: Math.max(a.joinedAtMs, b.joinedAtMs),
  }));
  return [...changed, ...duplicates];
}

/** Pairs of hosts that share any part, each once; hosts are looked at once, whatever there are. */
function pairsSharing(hosts: readonly HostRecord[]): (readonly [HostRecord, HostRecord])[] {
  const byPart = new Map<string, HostRecord>();
  const pairs = new Map<string, readonly [HostRecord, HostRecord]>();
  for (const host of hosts)
    for (const { kind, hash } of partsOf(host)) {
      const first = byPart.get(`${kind} ${hash}`);
      if (first === undefined) byPart.set(`${kind} ${hash}`, host);
      else pairs.set(`${first.id} ${host.id}`, [first, host]);
    }
  return [...pairs.values()];
}

function* duplicatesOf(fleet: FleetReader, host: HostRecord): Generator<HostRecord> {
  if (partsOf(host).length === 0) return;
  for (const other of fleet.hosts()) if (other.id !== host.id && areOne(host, other)) yield other;
}

function partsOf(host: HostRecord | undefined): readonly FingerprintPart[] {
  return host?.description.fingerprint ?? [];
}

function areOne(a: HostRecord, b: HostRecord): boolean {
  return isOneMachine(partsOf(a), partsOf(b));
}

function duplicateText(a: HostRecord, b: HostRecord): string {
  return `${a.name} (${a.id}) and ${b.name} (${b.id}) are one machine by their parts`;
}

function tell(tx: Transaction, { id, state }: HostRecord, reason: string, text: string): void {
  tx.event({ subject: 'host', id, hostId: id, state, reason, text });
}
