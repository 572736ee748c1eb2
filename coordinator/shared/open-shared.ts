import type { NatsConnection } from 'nats';
import type { Clock } from '../../common/model/clock.js';
import type { ContentVault } from '../contents/index.js';
import type { AuthorityPlace } from '../security/index.js';
import type { MemberPlace } from '../members/index.js';
import type { MachineKeys } from '../providers/index.js';
import type { WitnessPlace } from '../store/index.js';
import { BucketMachineKeys } from './bucket-machine-keys.js';
import { BucketMembers } from './bucket-members.js';
import { BucketPlace } from './bucket-place.js';
import { BucketWitness } from './bucket-witness.js';
import { ObjectParts } from './object-parts.js';
import { ObjectVault } from './object-vault.js';
import { Servers } from './servers.js';
import { SharedBucket } from './shared-bucket.js';

/** Which cluster is meant, and how much it keeps. */
export interface SharedOptions {
  /** Name of the cluster of coordinators: letters, digits, - and _. */
  readonly cluster: string;
  /** On how many servers all of it is kept. */
  readonly replicas: number;
  /** Bytes of all contents. */
  readonly contentBytes: number;
  readonly clock: Clock;
  /** Ends all waiting for servers that are away, as when the program is to end. */
  readonly signal?: AbortSignal | undefined;
}

/** All host keys that are kept, for whoever alone works with them. */
export interface MachineKeyShelf {
  names(): Promise<string[]>;
  /** Keeps them whatever was kept before. */
  put(name: string, keys: string): Promise<void>;
}

/** What the coordinators of a cluster have in common beside their store. */
export interface Shared {
  readonly authorityPlace: AuthorityPlace;
  readonly contentVault: ContentVault;
  readonly machineKeys: MachineKeys & MachineKeyShelf;
  readonly members: MemberPlace;
  readonly witness: WitnessPlace;
}

/** Servers may choose a leader anew for so long, in milliseconds. */
const PATIENCE_MS = 15_000;
/** What nobody needs stays for an hour, beside what is needed. */
const VAULT_OVER_CACHE = 2;

/**
 * Opens what a cluster shares in its NATS servers, made at the first start; the connection stays its owner's. Throws
 * `HeadframeError` (unavailable, 'shared_place_away').
 */
export async function openShared(connection: NatsConnection, options: SharedOptions): Promise<Shared> {
  const { cluster, replicas, contentBytes, clock, signal } = options;
  const servers = new Servers({ clock, patienceMs: PATIENCE_MS, signal });
  const name = `headframe-${cluster}-shared`;
  const bucket = await SharedBucket.open(
    connection,
    { name, replicas, description: 'What the coordinators of Headframe share.' },
    servers,
  );
  const parts = await ObjectParts.open(
    connection,
    { name: `headframe-${cluster}-contents`, replicas, description: 'Contents of modules and models of Headframe.' },
    { servers, clock },
  );
  const mostBytes = VAULT_OVER_CACHE * contentBytes;
  return {
    authorityPlace: new BucketPlace(bucket),
    machineKeys: new BucketMachineKeys(bucket),
    members: new BucketMembers(bucket),
    witness: new BucketWitness(bucket),
    contentVault: new ObjectVault({ bucket, parts, clock, mostBytes }),
  };
}
