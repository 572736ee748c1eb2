/** Names of modules: 3–63 characters of a-z, 0-9 and '-', with a letter or digit at both ends. */
export const MODULE_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Names of roles that a module may declare. */
export const MODULE_ROLE = /^[a-z][a-z0-9-]{0,30}$/;

/** The states of a module. */
export const MODULE_STATES = ['fetching', 'ready', 'failed', 'stale'] as const;

/**
 * One of `MODULE_STATES`. `fetching`: there is no content yet, and it is being brought; `ready`: its content is there;
 * `failed`: there is none, and the reason tells why; `stale`: it can be used, but differs from what its origin has, or the
 * origin could not be asked.
 */
export type ModuleState = (typeof MODULE_STATES)[number];

/** What is kept of the package that a module was installed from. */
export interface ModulePackaged {
  /** Who installed it. */
  readonly by: string;
  /** Fingerprint of the key that signed it: `sha256:` and the digest in hex of its SPKI. */
  readonly signer: string;
  /** Who packed it, as the signer says. */
  readonly packedBy: string;
  readonly packedAtMs: number;
  /** Image on which modules without a Dockerfile built where it was packed. */
  readonly base: string;
  /** Roles that it could run as there. */
  readonly roles: readonly string[];
}

/** Who made an entry: somebody, the identity of a subnet on a chain, or a package that somebody installed. */
export type ModuleOrigin =
  | { readonly kind: 'operator'; readonly by: string }
  | { readonly kind: 'chain'; readonly network: string; readonly netuid: number }
  | ({ readonly kind: 'package' } & ModulePackaged);

/** Content of a module that is kept, and what was found in it. Times are unix milliseconds. */
export interface ModulePin {
  /** Hexadecimal object id. */
  readonly commit: string;
  /** `sha256:` and the digest in hex of the archive of its files. */
  readonly digest: string;
  /** Of the archive. */
  readonly bytes: number;
  readonly files: number;
  /** Files, links and submodules of the commit that were left out. */
  readonly skipped: number;
  /** The first of them, and why. */
  readonly skippedPaths: readonly { readonly path: string; readonly why: string }[];
  readonly version: string;
  /** Roles that it can run as. */
  readonly roles: readonly string[];
  readonly settings: { readonly total: number; readonly required: number; readonly secret: number };
  readonly atMs: number;
}

/** What is to be done for a module outside of any call. */
export type ModuleJob =
  | { readonly kind: 'fetch' }
  /** Asks the origin what the ref stands for; `apply` pins it at once. */
  | { readonly kind: 'refresh'; readonly apply: boolean }
  | { readonly kind: 'verify' };

/** Why a module has no content, or no newer one. */
export interface ModuleFailure {
  readonly reason: string;
  readonly text: string;
  readonly remedy: string;
  /** Whether the same might go well later. */
  readonly retry: boolean;
  readonly atMs: number;
}

/** Something about a module that its user should know. */
export interface ModuleFinding {
  /** Stable snake_case code. */
  readonly code: string;
  readonly severity: 'info' | 'warning' | 'error';
  /** File, `file:line`, or ''. */
  readonly path: string;
  readonly text: string;
}

/** A module as the registry keeps it. Times are unix milliseconds, 0 for never. */
export interface ModuleRecord {
  readonly name: string;
  readonly url: string;
  /** Branch, tag or whole commit id; '' is the default branch. */
  readonly ref: string;
  readonly origin: ModuleOrigin;
  /** What is used. */
  readonly pin?: ModulePin | undefined;
  /** What the ref has come to stand for since, when that is another commit. */
  readonly candidate?: ModulePin | undefined;
  readonly job?: ModuleJob | undefined;
  /** Of the last job. */
  readonly failure?: ModuleFailure | undefined;
  /** Of the last verification of `pin`. */
  readonly findings: readonly ModuleFinding[];
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** When the origin was last asked what the ref stands for. */
  readonly refreshedAtMs: number;
  readonly verifiedAtMs: number;
}

/** How a module stands. */
export function moduleState({ pin, candidate, job, failure }: ModuleRecord): ModuleState {
  if (pin === undefined) return job === undefined ? 'failed' : 'fetching';
  return candidate === undefined && failure === undefined ? 'ready' : 'stale';
}
