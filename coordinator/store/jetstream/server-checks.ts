import { HeadframeError } from '../../../common/model/error.js';

/** What a server tells of itself to whoever connects. */
export interface ServerFacts {
  readonly version: string;
  readonly hasJetStream: boolean;
  /** Largest message that it takes, in bytes. */
  readonly maxPayload: number;
}

/** The same, and who holds the journal. */
export interface ConnectedFacts extends ServerFacts {
  /** Names of all servers that hold the journal. */
  readonly holders: readonly string[];
}

/** What a server tells of itself to whoever watches it. */
export interface MonitorFacts {
  readonly name: string;
  readonly version: string;
  /** Whether it writes to the disk before it acknowledges. */
  readonly syncAlways: boolean;
  /** After how long it writes else, in milliseconds. */
  readonly syncMs: number;
  /** Whether it has no JetStream, or has switched it off, as one does that could not write. */
  readonly isOff: boolean;
  /** Room for JetStream, in bytes; left out where nothing bounds it. */
  readonly maxBytes?: number;
  /** What of that is left, in bytes. */
  readonly freeBytes?: number;
}

/** What the operator has asked for. */
export interface WantedDurability {
  readonly replicas: number;
  readonly acceptDurability: 'always' | 'async';
}

/** What came of the checks. */
export interface ServerVerdict {
  /** Why the store must not be used; undefined where nothing is against it. */
  readonly refusal: HeadframeError | undefined;
  /** For the log. */
  readonly warnings: readonly string[];
  /** What acknowledged changes may be lost by; undefined where only the loss of most disks takes them. */
  readonly mayLose: string | undefined;
  /** After how long all have surely written what they have acknowledged, in milliseconds; 0 where nothing may be lost. */
  readonly syncMs: number;
}

/** Before, a compare-and-set on several replicas loses updates that were acknowledged. */
const OLDEST_REPLICATED = [2, 12];
/** A snapshot of a million instances in flight, twice: with less no coordinator starts. */
export const LEAST_FREE_BYTES = 256 * 2 ** 20;
/** https://docs.nats.io/running-a-nats-service/configuration#jetstream */
const USUAL_SYNC_MS = 120_000;
const LEAST_PAYLOAD_BYTES = 64 * 1024;

/** Why a server is unfit by what it says when it is connected to; undefined for one that is fit. */
export function connectionRefusal(server: ServerFacts, replicas: number): HeadframeError | undefined {
  if (!server.hasJetStream) {
    return refused('nats_no_jetstream', 'the NATS server has no JetStream', {
      remedy: 'Give every NATS server a jetstream { store_dir: ..., sync_interval: always } section.',
      value: server.version,
    });
  }
  return (
    versionRefusal([{ name: 'the server', version: server.version }], replicas) ?? payloadRefusal(server.maxPayload)
  );
}

/** Judges the servers by what is known of them; one whose JetStream is off holds nothing, and counts as one that does not tell. */
export function judgeServers(
  connected: ConnectedFacts,
  told: readonly MonitorFacts[],
  wanted: WantedDurability,
): ServerVerdict {
  const { replicas, acceptDurability } = wanted;
  const monitored = told.filter(({ isOff }) => !isOff);
  const refusal =
    connectionRefusal(connected, replicas) ??
    versionRefusal(monitored, replicas) ??
    roomRefusal(monitored) ??
    (acceptDurability === 'always' ? syncRefusal(connected.holders, monitored) : undefined);
  const unknown = connected.holders.filter((holder) => !monitored.some(({ name }) => name === holder));
  const warnings = [
    ...(replicas === 1 ? ['the store has one replica: what its server loses the fleet has lost'] : []),
    ...(unknown.length > 0 && acceptDurability === 'always'
      ? [
          `not known to write before they acknowledge, for they do not answer or have no JetStream: ${unknown.join(', ')}`,
        ]
      : []),
  ];
  return { refusal, warnings, ...judgeDurability(connected.holders, monitored) };
}

/** What servers may lose of what they acknowledge, and when it is surely written; those whose JetStream is off tell nothing. */
export function judgeDurability(
  holders: readonly string[],
  told: readonly MonitorFacts[],
): Pick<ServerVerdict, 'mayLose' | 'syncMs'> {
  const monitored = told.filter(({ isOff }) => !isOff);
  const lost = mayLose(holders, monitored);
  return { mayLose: lost, syncMs: lost === undefined ? 0 : surelyWrittenMs(monitored) };
}

/** Twice what the slowest says, and what servers do that say nothing else. */
function surelyWrittenMs(monitored: readonly MonitorFacts[]): number {
  return 2 * Math.max(USUAL_SYNC_MS, ...monitored.map(({ syncMs }) => syncMs));
}

function versionRefusal(
  servers: readonly { readonly name: string; readonly version: string }[],
  replicas: number,
): HeadframeError | undefined {
  const old = replicas === 1 ? undefined : servers.find(({ version }) => isOlder(version, OLDEST_REPLICATED));
  return (
    old &&
    refused('nats_version', `${old.name} is of NATS ${old.version}; ${OLDEST_REPLICATED.join('.')} is the oldest`, {
      remedy: 'Upgrade all NATS servers: older ones lose replicated updates that they have acknowledged.',
      value: old.version,
    })
  );
}

function payloadRefusal(maxPayload: number): HeadframeError | undefined {
  if (maxPayload >= LEAST_PAYLOAD_BYTES) return undefined;
  return refused('nats_payload', `the NATS servers take messages of ${String(maxPayload)} bytes at most`, {
    remedy: 'Set max_payload of the servers to 64KB or more; 1MB is usual.',
    value: String(maxPayload),
  });
}

function roomRefusal(monitored: readonly MonitorFacts[]): HeadframeError | undefined {
  const full = monitored.find(({ freeBytes = Infinity }) => freeBytes < LEAST_FREE_BYTES);
  return (
    full &&
    refused('nats_room', `${full.name} has ${String(full.freeBytes)} bytes left for JetStream`, {
      remedy: 'Free disk, or raise max_file_store of that server: a store needs 256 MB that are free.',
      value: String(full.freeBytes),
    })
  );
}

function syncRefusal(holders: readonly string[], monitored: readonly MonitorFacts[]): HeadframeError | undefined {
  const lazy = monitored.find(({ name, syncAlways }) => holders.includes(name) && !syncAlways);
  if (lazy !== undefined) {
    return refused('nats_sync', `${lazy.name} acknowledges before it has written to the disk`, {
      remedy:
        'Set jetstream { sync_interval: always } on every NATS server, or store.jetstream.acceptDurability to async if losing the last changes is acceptable.',
      value: lazy.name,
    });
  }
  const proven = holders.filter((holder) => monitored.some(({ name }) => name === holder));
  if (proven.length * 2 > holders.length) return undefined;
  return refused('nats_sync_unknown', 'it cannot be told whether the NATS servers write before they acknowledge', {
    remedy:
      'Name the addresses at which each of them tells of itself (its http setting) in store.jetstream.monitorUrls, or set store.jetstream.acceptDurability to async.',
    value: holders.join(', '),
  });
}

function mayLose(holders: readonly string[], monitored: readonly MonitorFacts[]): string | undefined {
  const lazy = holders.filter((holder) => monitored.find(({ name }) => name === holder)?.syncAlways === false);
  const unknown = holders.filter((holder) => !monitored.some(({ name }) => name === holder));
  const most = Math.floor(holders.length / 2) + 1;
  if (lazy.length === 0 && holders.length - unknown.length >= most) return undefined;
  const who = [...lazy, ...unknown].join(', ');
  return `Changes acknowledged within the last minutes may be lost when NATS servers lose power at once: ${who}. No payments are begun.`;
}

function isOlder(version: string, than: readonly number[]): boolean {
  const found = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, least] of than.entries()) {
    const part = found[index] ?? 0;
    if (part !== least) return !(part > least);
  }
  return false;
}

function refused(
  reason: string,
  message: string,
  { remedy, value }: { readonly remedy: string; readonly value: string },
): HeadframeError {
  return new HeadframeError({ code: 'failed_precondition', reason, message, remedy, metadata: { value } });
}
