import { realpathSync } from 'node:fs';
import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import { LABELS_TARGET } from '../prover.js';
import type { ProverRequest } from '../prover.js';

/** An image with nothing in it, made on the host: what a prover needs is mounted. */
export const EMPTY_IMAGE = 'headframe/empty:1';
/** Whose prover a container is. */
export const PROVER_LABEL = 'headframe.prover';

/** Where a program of C finds its libraries on the systems that Node is built for. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'];
/** Nobody, who owns nothing on any system. */
const NOBODY = '65534:65534';

/** What of this machine the options depend on. */
export interface ProverHost {
  readonly hostId: string;
  /** Path of the program Node. */
  readonly node: string;
  /** Whether a path is there. */
  readonly exists: (path: string) => boolean;
}

/**
 * The engine's create options for a prover: the limits of what is claimed, as hard as a miner's, no network, no privileges,
 * nothing to write to but its labels, and no trace once it has ended.
 */
export function proverSpecOf(request: ProverRequest, { hostId, node, exists }: ProverHost): ContainerCreateOptions {
  const read = [node, ...LIBRARIES.filter(exists), ...request.release];
  return {
    Image: EMPTY_IMAGE,
    Labels: { [PROVER_LABEL]: hostId },
    Entrypoint: [node],
    Cmd: [...request.args, LABELS_TARGET],
    Env: [`UV_THREADPOOL_SIZE=${String(request.threads)}`],
    User: NOBODY,
    WorkingDir: '/',
    OpenStdin: true,
    // Who loses the connection to its agent has nothing more to do.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: hostConfigOf(request, read),
  };
}

function hostConfigOf({ limits, labels }: ProverRequest, read: readonly string[]): HostConfig {
  return {
    NetworkMode: 'none',
    NanoCpus: limits.cpuMillis * 1_000_000,
    Memory: limits.memoryBytes,
    MemorySwap: limits.memoryBytes, // memory and swap together: no swap on top
    PidsLimit: limits.pids,
    AutoRemove: true,
    Init: true,
    RestartPolicy: { Name: 'no' },
    Privileged: false,
    PidMode: '',
    IpcMode: 'private',
    UTSMode: '',
    UsernsMode: '',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    // Binary frames are no log, and would be written to disk besides.
    LogConfig: { Type: 'none', Config: {} },
    Tmpfs: { '/tmp': 'rw,nosuid,nodev,size=16m,mode=1777' },
    Mounts: [...new Set(read)].map((path) => bind(path, path, true)).concat(bind(labels, LABELS_TARGET, false)),
  };
}

/** The engine follows no links in what is to be mounted. */
function bind(source: string, target: string, readOnly: boolean): MountSettings {
  return { Type: 'bind', Source: realPathOf(source), Target: target, ReadOnly: readOnly };
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The engine says of what is not there that it is not.
    return path;
  }
}
