import { DiscardPolicy, NatsError, RetentionPolicy, StorageType } from 'nats';
import type { JetStreamManager, PeerInfo, StreamConfig, StreamInfo } from 'nats';
import { HeadframeError } from '../../../common/model/error.js';
import type { Patience } from './patience.js';
import type { HolderSeen } from './server-findings.js';

/** Names in NATS of a fleet's store. */
export interface StreamNames {
  readonly journal: { readonly name: string; readonly subject: string };
  readonly snapshots: { readonly name: string; readonly subject: string };
}

/** The names for a cluster of coordinators: letters, digits and hyphens, so that no two meet. */
export function namesOf(cluster: string): StreamNames {
  return {
    journal: { name: `HEADFRAME_${cluster}`, subject: `headframe.${cluster}.journal` },
    snapshots: { name: `HEADFRAME_${cluster}_SNAPSHOTS`, subject: `headframe.${cluster}.snapshot` },
  };
}

/** What must hold for a stream to be a store: nothing goes by itself, and nothing is read of who does not lead. */
const FIXED = {
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  max_age: 0,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  allow_direct: false,
  deny_purge: false,
} as const satisfies Partial<StreamConfig>;

/** What an operator's own stream may have besides, some of it newer than the library. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  persist_mode: 'default',
  no_ack: false,
  sealed: false,
  max_msg_size: -1,
};

/** By which messages come that are not the store's own, or lie elsewhere than it looks for them. */
const ABSENT = ['mirror', 'sources', 'subject_transform'] as const;

const NOT_FOUND = 10059;

/** Makes both streams where they are missing, and sets their replicas. Throws `HeadframeError` when one is unfit. */
export async function ensureStreams(
  manager: JetStreamManager,
  names: StreamNames,
  replicas: number,
  patience: Patience,
): Promise<StreamInfo> {
  await ensureStream(manager, { ...names.snapshots, subject: `${names.snapshots.subject}.>` }, replicas, patience);
  return ensureStream(manager, names.journal, replicas, patience);
}

async function ensureStream(
  manager: JetStreamManager,
  { name, subject }: { readonly name: string; readonly subject: string },
  replicas: number,
  patience: Patience,
): Promise<StreamInfo> {
  const found = await patience.ask(() => infoOf(manager, name));
  if (found === undefined) {
    const wanted = { ...FIXED, name, subjects: [subject], num_replicas: replicas, deny_delete: true };
    return patience.ask(() => refusedPlainly(name, () => manager.streams.add(wanted)));
  }
  const unfit = unfitness(found.config, subject);
  if (unfit !== undefined) throw unfitError(name, unfit);
  if (found.config.num_replicas === replicas) return found;
  return patience.ask(() => refusedPlainly(name, () => manager.streams.update(name, { num_replicas: replicas })));
}

/** Names of the servers that hold a stream; a server that is in no cluster holds it alone. */
export function holdersOf(cluster: StreamInfo['cluster'], alone: string): string[] {
  return [cluster?.leader ?? alone, ...(cluster?.replicas ?? []).map(({ name }) => name)];
}

/** The same, with how each stands by what the stream's leader says; nobody knows where there is none. */
export function holdersSeen(cluster: StreamInfo['cluster'], alone: string): HolderSeen[] {
  const { leader, replicas = [] } = cluster ?? { leader: alone };
  const standingOf = ({ current, offline }: PeerInfo): HolderSeen['standing'] => {
    if (leader === undefined) return undefined;
    // The server leaves it out where it is not.
    return offline ? 'away' : current ? 'current' : 'behind';
  };
  const led = leader === undefined ? [] : [{ name: leader, standing: 'current' as const }];
  return [...led, ...replicas.map((peer) => ({ name: peer.name, standing: standingOf(peer) }))];
}

/** Whether a stream is there, whatever it is like. */
export async function isThere(manager: JetStreamManager, name: string, patience: Patience): Promise<boolean> {
  return (await patience.ask(() => infoOf(manager, name))) !== undefined;
}

async function infoOf(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (thrown) {
    if (isMissingStream(thrown)) return undefined;
    throw thrown;
  }
}

/** Whether what a request failed with is that there is no such stream. */
export function isMissingStream(thrown: unknown): boolean {
  return thrown instanceof NatsError && thrown.api_error?.err_code === NOT_FOUND;
}

/** The first setting by which a stream would lose or hide what it was given; undefined for one that is fit. */
export function unfitness(config: StreamConfig, subject: string): string | undefined {
  const found: Readonly<Record<string, unknown>> = { ...config };
  const set = ABSENT.find((key) => found[key] !== undefined);
  if (set !== undefined) return `${set} is set`;
  if (config.subjects.length !== 1 || config.subjects[0] !== subject) {
    return `subjects is ${config.subjects.join(', ')} instead of ${subject}`;
  }
  for (const [key, wanted] of Object.entries({ ...FIXED, ...DEFAULTS })) {
    // The server leaves out what is off.
    const value = found[key] ?? (typeof wanted === 'boolean' ? false : wanted);
    if (value !== wanted) return `${key} is ${JSON.stringify(value)} instead of ${JSON.stringify(wanted)}`;
  }
  return undefined;
}

/** The server's own words on a stream that it will not make, with what helps. */
async function refusedPlainly<T>(name: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    if (!(thrown instanceof NatsError) || thrown.api_error === undefined || thrown.api_error.code !== 400) throw thrown;
    throw unfitError(name, thrown.message, thrown);
  }
}

function unfitError(name: string, what: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_stream_unfit',
    message: `stream ${name} cannot hold the store: ${what}`,
    remedy:
      'Set it as docs/cluster.md says, or name another cluster in store.jetstream.cluster, for which streams are made.',
    metadata: { stream: name },
    cause,
  });
}
