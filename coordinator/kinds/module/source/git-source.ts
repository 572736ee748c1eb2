import { lookup } from 'node:dns/promises';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { isPublicAddress } from '../../../../common/model/public-address.js';
import type { SourceFile } from '../../../contents/index.js';
import { blobAnswerBytes, blobRequest, readBlobs } from './blobs.js';
import { explainGit } from './explain-git.js';
import { runGit } from './git-process.js';
import type { GitRun } from './git-process.js';
import { MOST_LISTING_BYTES } from './limits.js';
import type { SourceLimits } from './limits.js';
import { hostOf, isCommit, portOf } from './module-url.js';
import type { UrlRules } from './module-url.js';
import { readAdvertised, refPatterns } from './ref-advertisement.js';
import { sourceError } from './refusals.js';
import { readTree } from './tree.js';
import type { SkippedEntry } from './tree.js';

/** What is allowed of origins. */
export interface SourceRules extends UrlRules, SourceLimits {
  /** Hosts inside of private networks. */
  readonly privateAddresses: boolean;
}

/** Files of one commit. */
export interface SourceContent {
  readonly files: readonly SourceFile[];
  readonly skipped: readonly SkippedEntry[];
}

/** What a source works with. */
export interface SourceParts {
  /** Its own folder, for what a fetch leaves behind until it is over. */
  readonly scratch: string;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** All that git writes without having been asked for content. */
const SMALL_BYTES = 2 ** 20;
const SHORT_MS = 30_000;

/**
 * Repositories behind URLs, by the git program. Of a repository nothing is checked out and nothing is run: its files are
 * read from git's own objects, so that no name that a stranger chose ever becomes a path here.
 */
export class GitSource {
  readonly #parts: SourceParts;
  readonly #rules: SourceRules;

  constructor(parts: SourceParts, rules: SourceRules) {
    this.#parts = parts;
    this.#rules = rules;
  }

  /** Throws HeadframeError (failed_precondition, 'git_missing') where the machine has no git that can be used. */
  async requireGit(signal: AbortSignal): Promise<void> {
    const output = await this.#git({ folder: '/', args: ['--version'] }, 'git', signal);
    const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(output.toString('latin1')) ?? [];
    // The first to speak version 2 of its protocol unasked, by which any commit can be had.
    if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 26)) return;
    throw sourceError('git_missing', `git ${major}.${minor} is too old`);
  }

  /** The commit that a ref stands for now. Throws HeadframeError with a `SourceReason`. */
  async resolve(url: string, ref: string, signal: AbortSignal): Promise<string> {
    if (isCommit(ref)) return ref;
    const config = await this.#configOf(url);
    return this.#withFolder(async (folder) => {
      const args = ['ls-remote', '--quiet', '--', url, ...refPatterns(ref)];
      const output = await this.#git({ folder, args, config, isRemote: true }, `asking ${url}`, signal);
      const commit = readAdvertised(output.toString('latin1'), ref);
      if (commit !== undefined) return commit;
      throw sourceError('module_ref_missing', `${url} has no ${ref === '' ? 'default branch' : ref}`);
    });
  }

  /** The files of a commit. Throws HeadframeError with a `SourceReason`. */
  async fetch(url: string, commit: string, signal: AbortSignal): Promise<SourceContent> {
    return this.#withFolder(async (folder) => {
      await this.#bring({ folder, url, commit }, signal);
      const listing = await this.#git(
        { folder, args: ['ls-tree', '-r', '-l', '-z', '--full-tree', commit], outputBytes: MOST_LISTING_BYTES },
        'listing the commit',
        signal,
      );
      const { files, skipped } = readTree(listing, this.#rules.contentBytes);
      const outputBytes = blobAnswerBytes(files);
      const blobs = { folder, args: ['cat-file', '--batch'], input: blobRequest(files), outputBytes };
      const answer = await this.#git(blobs, 'reading the commit', signal);
      return { files: readBlobs(answer, files), skipped };
    });
  }

  /** Whether the origin still has a commit. Throws what `fetch` throws, but 'module_ref_missing'. */
  async has(url: string, commit: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#withFolder((folder) => this.#bring({ folder, url, commit }, signal, ['--filter=tree:0']));
      return true;
    } catch (error) {
      if (error instanceof HeadframeError && error.reason === 'module_ref_missing') return false;
      throw error;
    }
  }

  /** Removes what an earlier life has left. */
  async clean(): Promise<void> {
    await rm(this.#parts.scratch, { recursive: true, force: true });
  }

  async #bring(
    { folder, url, commit }: { readonly folder: string; readonly url: string; readonly commit: string },
    signal: AbortSignal,
    flags: readonly string[] = [],
  ): Promise<void> {
    const config = await this.#configOf(url);
    await this.#git({ folder, args: ['init', '--quiet', '--bare', '--template=', '.'] }, 'git init', signal);
    const { downloadBytes, fetchMs } = this.#rules;
    const quiet = ['--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    const args = ['fetch', ...quiet, ...flags, '--', url, commit];
    const run = { folder, args, config, isRemote: true, fileBytes: downloadBytes, limitMs: fetchMs };
    try {
      await this.#git(run, `fetching ${url}`, signal);
    } catch (error) {
      // The kernel has ended it, which git cannot tell.
      if (await isFull(join(folder, 'objects', 'pack'), downloadBytes))
        throw sourceError('module_too_large', `${url} sends more than ${downloadBytes} bytes`, error);
      throw error;
    }
  }

  async #git(
    run: Pick<GitRun, 'folder' | 'args'> & Partial<GitRun> & { readonly isRemote?: boolean },
    what: string,
    signal: AbortSignal,
  ): Promise<Buffer> {
    const { isRemote = false, ...given } = run;
    const protocols = isRemote ? (['https', ...(this.#rules.fileUrls ? ['file' as const] : [])] as const) : [];
    const limits = { limitMs: SHORT_MS, fileBytes: SMALL_BYTES, outputBytes: SMALL_BYTES };
    const outcome = await runGit({ ...limits, protocols, ...given }, this.#parts, signal);
    if (outcome.kind === 'done') return outcome.output;
    throw explainGit(outcome, what);
  }

  /** Looks the host up once, and has git call that very address: a name that changes its mind in between gains nothing. */
  async #configOf(url: string): Promise<string[]> {
    const host = hostOf(url);
    if (host === undefined || this.#rules.privateAddresses) return [];
    const addresses = await lookup(host, { all: true, verbatim: true }).catch((cause: unknown) => {
      throw sourceError('module_origin_away', `the name ${host} cannot be looked up`, cause);
    });
    const open = addresses.map(({ address }) => address);
    const closed = open.find((address) => !isPublicAddress(address));
    if (closed !== undefined) throw sourceError('module_address_private', `${host} is at ${closed}`);
    if (isIP(host) !== 0) return [];
    const written = open.map((address) => (isIP(address) === 6 ? `[${address}]` : address)).join(',');
    return [`http.curloptResolve=${host}:${portOf(url)}:${written}`];
  }

  async #withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
    await mkdir(this.#parts.scratch, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(this.#parts.scratch, 'git-'));
    try {
      return await body(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function isFull(folder: string, limitBytes: number): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).some((size) => size >= limitBytes);
}
