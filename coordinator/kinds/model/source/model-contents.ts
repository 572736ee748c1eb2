import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../../common/model/clock.js';
import type { ModelSource } from '../../../../common/model/model-spec.js';
import type { Logger } from '../../../../common/observe/logger.js';
import type { ContentStore, KeptContent, SourceFile } from '../../../contents/index.js';
import type { FleetPort } from '../../../fleet/port.js';
import type { GitSource } from '../../module/index.js';
import { openUrl } from './open-url.js';
import type { UrlRules } from './open-url.js';
import { modelError } from './refusals.js';
import { takeContext } from './take-context.js';
import type { ContextLimits, TakenContext } from './take-context.js';

/** What is taken of models. */
export interface ModelRules extends UrlRules, ContextLimits {
  /** For what a URL gives, and for an upload that stands still, in milliseconds. */
  readonly fetchMs: number;
}

/** What the contents of models work with. */
export interface ModelContentsParts {
  readonly fleet: Pick<FleetPort, 'onDurable'>;
  readonly content: Pick<ContentStore, 'keep' | 'adopt' | 'hold' | 'release' | 'sweep'>;
  readonly git: Pick<GitSource, 'fetch'>;
  /** Its own, on the disk of the contents, for what is not whole yet. */
  readonly folder: string;
  readonly rules: ModelRules;
  /** Digests of the contents that are somebody's. */
  readonly needed: () => ReadonlySet<string>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly logger: Logger;
}

/** Content that was brought, with the source as it is known now. */
export interface BroughtContent extends KeptContent {
  readonly source: ModelSource;
}

type GitPlace = Extract<ModelSource, { readonly kind: 'git' }>;
type UrlPlace = Extract<ModelSource, { readonly kind: 'url' }>;

/** At once; each writes up to `contentBytes` beside what is kept. */
const MOST_AT_ONCE = 4;
/** Content that nobody needs yet is kept for so long, for a deployment to follow its upload. */
const HOLD_MS = 15 * 60_000;

/** Takes in what models are built of: uploads, what URLs give, commits. What is not whole is kept nowhere, whatever ends it. */
export class ModelContents {
  readonly #parts: ModelContentsParts;
  /** Ends the hold of each content that was brought. */
  readonly #holds = new Map<string, () => void>();
  #underway = 0;
  #cleaned: Promise<void> | undefined;

  constructor(parts: ModelContentsParts) {
    this.#parts = parts;
  }

  /** Removes what nobody needs any more as miners go, until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#clean();
    const unsubscribe = this.#parts.fleet.onDurable(({ changes }) => {
      if (changes.some((change) => change.kind === 'documentRemoved' && change.table === 'miner')) this.#sweep();
    });
    await aborted(signal);
    unsubscribe();
    for (const cancel of this.#holds.values()) cancel();
  }

  /** Takes an upload in. Throws `HeadframeError`. */
  upload(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<KeptContent & { readonly files: number }> {
    return this.#within(signal, (ended, alive) => this.#take(moving(pieces, alive), ended));
  }

  /** Brings what a source gives. Throws `HeadframeError`; `undefined` for an upload that is not there. */
  async bring(source: ModelSource, signal: AbortSignal): Promise<BroughtContent | undefined> {
    switch (source.kind) {
      case 'text': {
        const content = Buffer.from(source.text);
        return { ...(await this.#keep([{ path: 'Dockerfile', executable: false, content }])), source };
      }
      case 'upload': {
        const kept = await this.hold(source.content);
        return kept && { ...kept, source };
      }
      case 'url':
        return this.#within(signal, (ended) => this.#fetch(source, ended));
      case 'git':
        return this.#within(signal, (ended) => this.#checkOut(source, ended));
    }
  }

  /** Keeps what is there for a while longer; undefined where it is not. */
  async hold(digest: string): Promise<KeptContent | undefined> {
    const kept = await this.#parts.content.hold(digest);
    if (kept !== undefined) this.#letGoLater(digest);
    return kept;
  }

  async #fetch(source: UrlPlace, signal: AbortSignal): Promise<BroughtContent> {
    const response = await openUrl(source.url, this.#parts.rules, signal);
    try {
      // Of a response it is bytes.
      const { came, ...kept } = await this.#take(response as AsyncIterable<Uint8Array>, signal, source);
      return { ...kept, source: { ...source, digest: came } };
    } finally {
      response.destroy();
    }
  }

  async #checkOut(source: GitPlace, signal: AbortSignal): Promise<BroughtContent> {
    const { files, skipped } = await this.#parts.git.fetch(source.url, source.commit, signal);
    const below = source.folder === '' ? '' : `${source.folder}/`;
    const left = skipped.filter(({ path }) => path.startsWith(below));
    const [first] = left;
    if (first !== undefined)
      throw modelError(
        'model_source_partial',
        `${String(left.length)} files are left out: ${first.path} (${first.why})`,
      );
    const own = files.flatMap((file): SourceFile[] =>
      file.path.startsWith(below) ? [{ ...file, path: file.path.slice(below.length) }] : [],
    );
    if (own.length === 0) throw modelError('model_folder_missing', `the commit has no file below ${below}`);
    return { ...(await this.#keep(own)), source };
  }

  async #keep(files: readonly SourceFile[]): Promise<KeptContent> {
    const kept = await this.#parts.content.keep(files, this.#parts.needed);
    this.#letGoLater(kept.digest);
    return kept;
  }

  async #take(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal, from?: UrlPlace): Promise<TakenContext> {
    const { content, folder, rules, needed } = this.#parts;
    await this.#clean();
    const scratch = await mkdtemp(join(folder, 'take-'));
    try {
      const file = join(scratch, 'content.tar');
      const taken = await takeContext(pieces, file, rules, signal);
      const wanted = from?.digest ?? '';
      if (wanted !== '' && taken.came !== wanted)
        throw modelError('model_digest_mismatch', `${new URL(from?.url ?? '').origin} gives ${taken.came}`);
      await content.adopt(file, taken, needed);
      this.#letGoLater(taken.digest);
      return taken;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Bounds how many are taken in at once, and how long one takes; `alive` gives it its time anew. */
  async #within<T>(signal: AbortSignal, body: (signal: AbortSignal, alive: () => void) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#underway >= MOST_AT_ONCE)
      throw modelError('models_busy', `${String(MOST_AT_ONCE)} models are taken in already`);
    const { clock, rules } = this.#parts;
    const over = new AbortController();
    const end = (): void => {
      over.abort(modelError('model_too_slow', `it took longer than ${String(rules.fetchMs)} ms`));
    };
    let stop = clock.setTimer(end, rules.fetchMs);
    const alive = (): void => {
      stop();
      stop = clock.setTimer(end, rules.fetchMs);
    };
    this.#underway += 1;
    try {
      return await body(AbortSignal.any([signal, over.signal]), alive);
    } finally {
      this.#underway -= 1;
      stop();
    }
  }

  /** One hold for each content, however often it was brought. */
  #letGoLater(digest: string): void {
    const { content, clock } = this.#parts;
    this.#holds.get(digest)?.();
    const cancel = clock.setTimer(() => {
      end();
      this.#sweep();
    }, HOLD_MS);
    const end = (): void => {
      cancel();
      this.#holds.delete(digest);
      content.release(digest);
    };
    this.#holds.set(digest, end);
  }

  #sweep(): void {
    const { content, needed, logger } = this.#parts;
    content.sweep(needed).catch((error: unknown) => {
      logger.warn({ err: error }, 'contents of models that nobody needs cannot be removed');
    });
  }

  /** What an earlier life has left there is nobody's. */
  #clean(): Promise<void> {
    return (this.#cleaned ??= emptied(this.#parts.folder));
  }
}

async function* moving(pieces: AsyncIterable<Uint8Array>, alive: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    alive();
    yield piece;
  }
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
