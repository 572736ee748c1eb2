import type { CreateLeaseRequest, LeaseService } from '../../common/gen/headframe/v1/lease_service_pb.js';
import type { Lease } from '../../common/gen/headframe/v1/lease_pb.js';
import type { Caller } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import { usableMs } from '../../common/model/lease-record.js';
import type { LeaseRecord, UsableInterval } from '../../common/model/lease-record.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { verdictToWire } from '../../common/wire/client.js';
import { leaseRecordToWire } from '../../common/wire/lease.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { createLease, extendLease, knownLease, leaseNotFound, releaseLease } from '../kinds/lease/index.js';
import { newHostKey } from '../security/ssh/index.js';
import { readDurably } from './durably.js';
import { leaseChallengeType, leaseToChallenge } from './lease-challenge.js';
import { passwordFor } from './lease-passwords.js';
import { leaseMiner, termsOf } from './lease-wishes.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';

type Service = ServiceImplementation<typeof LeaseService>;
type Parts = Pick<HandlerParts, 'fleet' | 'scopes' | 'leases' | 'leaseAccess' | 'leaseChallenges' | 'newId'>;

/** A lease that was made, and the password that it has, if any. */
interface MadeLease {
  readonly record: LeaseRecord;
  readonly password: string;
}

/** An extension shorter than this is no use to anybody. */
const LEAST_EXTENSION_MS = 1_000;

/** The service of leases. Changes are answered once they are durable. */
export function leaseService(parts: Parts): Service {
  const { fleet, leases } = parts;
  const view = (lease: LeaseRecord): Lease => viewOf(parts, lease);
  return {
    createLease: async (asked, { caller }) => {
      const { record, password } = await makeLease(parts, asked, caller);
      return { lease: view(record), password };
    },
    getLease: async ({ id }, { caller }) => {
      const { value } = await readDurably(fleet, () => view(ownLease(parts, id, caller)));
      return { lease: value };
    },
    listLeases: async ({ pageSize, pageToken, all, owner }, { caller }) => {
      const isAsked = (lease: LeaseRecord): boolean =>
        (all || lease.state !== 'released') && (owner === '' || lease.owner === owner) && sees(parts, lease, caller);
      const { value } = await readDurably(fleet, () => {
        const found = [...fleet.leases()].filter(isAsked).sort(newestFirst);
        return takePage({ pageSize, pageToken }, listing(found, view));
      });
      return { leases: [...value.items], nextPageToken: value.next };
    },
    watchLease: ({ id }, { caller, signal }) => watchLease(parts, id, { caller, signal }),
    extendLease: async ({ id, byMs: by }, { caller }) => {
      ownLease(parts, id, caller);
      const byMs = numberFromWire(by, 'by_ms');
      if (byMs < LEAST_EXTENSION_MS)
        throw invalidRequest({ path: 'by_ms', value: String(byMs), expected: `from ${LEAST_EXTENSION_MS}` });
      const { value, durable } = fleet.transact((tx) => extendLease(tx, id, byMs));
      await durable;
      return { lease: view(value) };
    },
    releaseLease: async ({ id }, { caller }) => {
      ownLease(parts, id, caller);
      const by = { name: caller.name, nowMs: leases.nowMs() };
      const { value, durable } = fleet.transact((tx) => releaseLease(tx, id, by));
      await durable;
      return { lease: view(value) };
    },
    challengeLease: async ({ id, type }, { caller, signal }) => {
      const lease = leaseToChallenge(fleet, ownLease(parts, id, caller));
      const verdict = await parts.leaseChallenges.ask(lease, leaseChallengeType(type), signal);
      return { verdict: verdictToWire(verdict) };
    },
    getLeaseLedger: async ({ id }, { caller }) => {
      const { value } = await readDurably(fleet, () => ownLease(parts, id, caller));
      return ledgerOf(value, leases.wallOffsetMs);
    },
  };
}

async function makeLease(parts: Parts, asked: CreateLeaseRequest, caller: Caller): Promise<MadeLease> {
  const { fleet, scopes, leases, leaseAccess, newId } = parts;
  if (leaseAccess === undefined) throw leasesNeedTls();
  const id = asked.id === '' ? `lease-${newId().replaceAll('-', '').slice(0, 12)}` : asked.id;
  const times = termsOf(asked);
  const { password, passwordHash } = passwordFor(asked, leaseAccess);
  const { secret, value: privateKey, hostKey, fingerprint } = newHostKey(id);
  const { userCa, probeKey } = await leaseAccess.publicKeys();
  const { set } = await leaseAccess.sealing();
  // Nothing is waited for from here on, so that the key is not replaced before it is known that a lease trusts it.
  const spec = leaseMiner({ ...asked, id }, caller, { userCa: userCa(), probeKey, secret, passwordHash });
  scopes.of(caller).requireOwn([spec]);
  const { value, durable } = fleet.transact((tx) => {
    const made = createLease(tx, { spec, ...times, hostKey, fingerprint, nowMs: leases.nowMs() });
    set(tx, { namespace: spec.namespace, name: secret, value: privateKey }, caller.name);
    return made;
  });
  privateKey.fill(0);
  await durable;
  return { record: value, password };
}

async function* watchLease(
  parts: Parts,
  id: string,
  { caller, signal }: { readonly caller: Caller; readonly signal: AbortSignal },
): AsyncGenerator<{ lease: Lease }> {
  const { fleet } = parts;
  const { value: first, revision } = await readDurably(fleet, () => ownLease(parts, id, caller));
  yield { lease: viewOf(parts, first) };
  if (first.state === 'released') return;
  for await (const { changes } of fleet.watch(revision, signal)) {
    if (!changes.some((change) => 'table' in change && change.table === 'lease' && change.key === id)) continue;
    const lease = fleet.lease(id);
    if (lease === undefined) return;
    yield { lease: viewOf(parts, lease) };
    if (lease.state === 'released') return;
  }
}

/** Of somebody else's a caller hears no more than of one that is not there. */
function ownLease(parts: Parts, id: string, caller: Caller): LeaseRecord {
  const lease = knownLease(parts.fleet, id);
  if (sees(parts, lease, caller)) return lease;
  throw leaseNotFound(id);
}

function sees({ scopes }: Pick<Parts, 'scopes'>, { owner, namespace }: LeaseRecord, caller: Caller): boolean {
  const { namespaces } = scopes.of(caller);
  if (namespaces !== undefined && !namespaces.includes(namespace)) return false;
  return owner === caller.name || ['admin', 'operator', 'viewer'].includes(caller.role);
}

function viewOf({ fleet, leases }: Pick<Parts, 'fleet' | 'leases'>, lease: LeaseRecord): Lease {
  const { wallOffsetMs } = leases;
  const ports = fleet.miner(lease.id)?.spec.container.ports ?? [];
  return leaseRecordToWire({ lease, host: fleet.host(lease.hostId), ports, nowMs: leases.nowMs(), wallOffsetMs });
}

function ledgerOf({ id, owner, namespace, ledger }: LeaseRecord, wallOffsetMs: number) {
  const wall = ({ fromMs, untilMs }: UsableInterval) => ({
    fromMs: BigInt(Math.round(fromMs + wallOffsetMs)),
    untilMs: BigInt(Math.round(untilMs + wallOffsetMs)),
  });
  const { intervals, folded, open } = ledger;
  return {
    ...{ id, owner, namespace, folded },
    usableMs: BigInt(Math.round(usableMs(ledger))),
    intervals: intervals.map(wall),
    ...(open === undefined ? {} : { open: wall(open) }),
  };
}

function newestFirst(a: LeaseRecord, b: LeaseRecord): number {
  return b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1);
}

/** A page begins after a lease by its time and id, so that one that is gone by then cuts nothing off. */
function listing(sorted: readonly LeaseRecord[], toItem: (lease: LeaseRecord) => Lease) {
  const keyOf = ({ createdAtMs, id }: LeaseRecord): string =>
    `${String(Number.MAX_SAFE_INTEGER - createdAtMs).padStart(16, '0')} ${id}`;
  return {
    ...{ list: 'leases', keyOf, toItem },
    after: (key: string) => sorted.filter((lease) => keyOf(lease) > key),
    bytesOf: ({ hostKey, hostAddresses }: Lease) => 512 + hostKey.length + hostAddresses.join().length,
  };
}

function leasesNeedTls(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'leases_need_tls',
    message: 'this coordinator serves in clear, and makes no leases: the keys of their SSH servers could not be kept',
    remedy: 'Start it with mutual TLS: without --insecure-loopback.',
  });
}
