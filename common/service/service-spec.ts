import { join } from 'node:path';
import type { FlagValue } from '../config/index.js';
import type { Deeds } from './deeds.js';

/** A program of ours as a service of systemd. */
export interface ServiceSpec {
  readonly name: 'agent' | 'coordinator';
  /** Settings by the path of their field, as the command line gave them, and the same as they stand in a file. */
  readonly flags: Readonly<Record<string, FlagValue | undefined>>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Reads a configuration as the service will; throws HeadframeError (config_invalid). */
  readonly load: (file: string | undefined, flags: ServiceSpec['flags']) => { readonly dataDir: string };
  /** What has to be done before the service can work; the first deed of all. */
  readonly prepare?: ((deeds: Deeds) => Promise<void>) | undefined;
}

/** How a service is installed, upgraded or taken away. */
export interface ServiceOptions {
  /** Root of the file system, `/`, or that of an image, in which nothing is started. */
  readonly root: string;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Time for the service to become active, in milliseconds; 0 does not wait for it. */
  readonly waitMs: number;
  /** A line for people about what is done. */
  readonly say: (line: string) => void;
}

/** Where the parts of a service lie. */
export interface ServicePlaces {
  /** Folders that go with the last of what is in them, the inner ones first. */
  readonly folders: readonly string[];
  readonly unit: string;
  readonly unitFile: string;
  readonly dropIns: string;
  readonly configFile: string;
  /** The release that the service runs: a link that is swapped. */
  readonly current: string;
  readonly releases: string;
  /** `headframe` on the path of whoever works on this machine. */
  readonly command: string;
  readonly data: readonly string[];
  /** What an installation into an image leaves for its machines to join by. */
  readonly credentials: readonly string[];
}

/** Places of a service below a root. */
export function placesOf(name: ServiceSpec['name'], root: string): ServicePlaces {
  const at = (path: string): string => join(root, path);
  const unit = `headframe-${name}.service`;
  return {
    unit,
    unitFile: at(`etc/systemd/system/${unit}`),
    dropIns: at(`etc/systemd/system/${unit}.d`),
    configFile: at(`etc/headframe/${name}.yaml`),
    current: at(`opt/headframe/${name}`),
    releases: at('opt/headframe/releases'),
    folders: [
      ...['opt/headframe/releases', 'opt/headframe', 'etc/headframe', `etc/systemd/system/${unit}.d`],
      ...['var/lib/headframe', 'var/lib/private/headframe'],
    ].map(at),
    command: at('usr/local/bin/headframe'),
    // The second is where systemd keeps it of a service with a user of its own.
    data: [at(`var/lib/headframe/${name}`), at(`var/lib/private/headframe/${name}`)],
    credentials: name === 'agent' ? [at('etc/credstore/headframe-join')] : [],
  };
}

/** Folder of a service's data as it sees it; the units name it as StateDirectory. */
export function dataDirOf(name: ServiceSpec['name']): string {
  return `/var/lib/headframe/${name}`;
}
