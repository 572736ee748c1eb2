import { chmod, mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestParts } from './manifest.js';
import { script } from './manifest.js';

/** The time during which one instance of an identity was alive on one host, in seconds of /proc/uptime. */
export interface Life {
  readonly host: string;
  readonly instance: string;
  readonly from: number;
  readonly to: number;
}

/** Two lives of one identity at once on different hosts. */
export interface Overlap {
  readonly identity: string;
  readonly lives: readonly [Life, Life];
}

/**
 * A folder into which miners with an identity write, some thirty times a second, the time since boot: a clock that all
 * containers of a machine share, and that nobody can set.
 */
export class Beats {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder, which containers of any user may write to. */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await chmod(this.folder, 0o777);
  }

  /** A miner that holds the identity of its name and beats; a `stubborn` one does not end when asked. */
  miner(
    name: string,
    { stubborn = false, ...parts }: Partial<ManifestParts> & { stubborn?: boolean } = {},
  ): ManifestParts {
    const asked = stubborn ? "trap '' TERM" : 'trap "exit 0" TERM';
    const file = `/beats/${name}@$HEADFRAME_INSTANCE@$HEADFRAME_HOST`;
    const beat = `read up _ < /proc/uptime; echo $up >> "${file}"; usleep 30000`;
    const mounts = [{ hostPath: this.folder, target: '/beats' }];
    return {
      name,
      identity: name,
      restart: { backoff: '100ms' },
      ...parts,
      container: { ...script(`${asked}; while :; do ${beat}; done`), mounts },
    };
  }

  /** Every life so far by identity, in the order they began. */
  async lives(): Promise<Map<string, Life[]>> {
    const found = new Map<string, Life[]>();
    for (const name of await readdir(this.folder)) {
      const [identity = '', instance = '', host = ''] = name.split('@');
      const times = (await readFile(join(this.folder, name), 'utf8')).split('\n').slice(0, -1).map(Number);
      const [from, to] = [times[0], times.at(-1)];
      if (from === undefined || to === undefined) continue;
      found.set(identity, [...(found.get(identity) ?? []), { host, instance, from, to }]);
    }
    for (const lives of found.values()) lives.sort((a, b) => a.from - b.from);
    return found;
  }

  /** Every pair of lives that an identity led at once. */
  async overlaps(): Promise<Overlap[]> {
    const found: Overlap[] = [];
    for (const [identity, lives] of await this.lives()) found.push(...overlapsAmong(identity, lives));
    return found;
  }
}

function overlapsAmong(identity: string, lives: readonly Life[]): Overlap[] {
  return lives.flatMap((later, at) => {
    const earlier = lives.slice(0, at).filter(({ to }) => to >= later.from);
    return earlier.map((life): Overlap => ({ identity, lives: [life, later] }));
  });
}
