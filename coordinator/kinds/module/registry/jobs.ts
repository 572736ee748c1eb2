import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import type {
  ModuleFinding,
  ModuleJob,
  ModulePackaged,
  ModulePin,
  ModuleRecord,
} from '../../../../common/model/module.js';
import { contentError } from '../../../contents/index.js';
import type { ContentStore } from '../../../contents/index.js';
import type { GitSource } from '../source/index.js';
import { classed } from '../source/index.js';
import type { Analyses } from './analyses.js';
import { judgeContent } from './judge.js';
import { failureOf } from './outcomes.js';
import type { JobOutcome } from './outcomes.js';
import { pinOf } from './pin.js';

/** What jobs work with. */
export interface JobParts {
  readonly source: Pick<GitSource, 'resolve' | 'fetch' | 'has'>;
  readonly content: Pick<ContentStore, 'keep' | 'release' | 'isSound'>;
  readonly analyses: Pick<Analyses, 'of'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Digests of the contents that are somebody's. */
  readonly needed: () => ReadonlySet<string>;
  /** What is to be said of the package of a module, by the roles that it can run as here. */
  readonly judgePackaged: (packaged: ModulePackaged, roles: readonly string[]) => ModuleFinding[];
}

/** Paths of left out entries that are kept. */
const MOST_SKIPPED_PATHS = 50;

/**
 * Does what a module's job asks for; what it cannot do is an outcome, too. `settled` is called with the outcome while the
 * content that it speaks of is held. Rejects when the signal ends it, and with what was not foreseen, for the log.
 */
export async function doJob(
  parts: JobParts,
  record: ModuleRecord,
  signal: AbortSignal,
  settled: (outcome: JobOutcome) => void,
): Promise<void> {
  const held: string[] = [];
  try {
    settled(await outcomeOf(parts, record, signal, held));
  } catch (thrown) {
    signal.throwIfAborted();
    const foreseen = thrown instanceof HeadframeError;
    settled({ kind: 'failed', failure: failureOf(foreseen ? thrown : unforeseen(), parts.clock.nowMs()) });
    if (!foreseen) throw thrown;
  } finally {
    for (const digest of held) parts.content.release(digest);
  }
}

/** What is inside of an error that was not foreseen is for the log alone. */
function unforeseen(): HeadframeError {
  return new HeadframeError({
    ...{ code: 'internal', reason: 'unforeseen', message: 'it failed for a reason that was not foreseen' },
    remedy: "See the coordinator's log.",
    metadata: classed(true),
  });
}

function outcomeOf(parts: JobParts, record: ModuleRecord, signal: AbortSignal, held: string[]): Promise<JobOutcome> {
  const kind: ModuleJob['kind'] = record.job?.kind ?? 'fetch';
  const { pin } = record;
  if (kind === 'verify' && pin !== undefined) return verify(parts, record, pin, signal);
  return bring(parts, record, signal, held);
}

/** Fetches what the ref stands for now, unless that is what there is. */
async function bring(
  parts: JobParts,
  { url, ref, pin: present }: ModuleRecord,
  signal: AbortSignal,
  held: string[],
): Promise<JobOutcome> {
  const { source, content, analyses, clock, needed } = parts;
  const commit = await source.resolve(url, ref, signal);
  if (present?.commit === commit && (await content.isSound(present.digest))) return { kind: 'same' };
  const { files, skipped } = await source.fetch(url, commit, signal);
  const { digest, bytes } = await content.keep(files, needed);
  held.push(digest);
  const analysis = await analyses.of(digest);
  const skippedPaths = skipped.slice(0, MOST_SKIPPED_PATHS);
  const facts = { commit, digest, bytes, files: files.length, skipped: skipped.length, skippedPaths };
  return { kind: 'fetched', pin: pinOf(facts, analysis, { ref, atMs: clock.nowMs() }) };
}

/**
 * Looks whether the pinned content is what it was, what is to be said of it, and whether its origin still has it; of a module
 * from a package, whose origin nobody asks, what is to be said of that.
 */
async function verify(
  { source, content, analyses, clock, judgePackaged }: JobParts,
  { url, origin }: ModuleRecord,
  pin: ModulePin,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const atMs = clock.nowMs();
  const findings: ModuleFinding[] = [];
  let failure = undefined;
  if (!(await content.isSound(pin.digest))) {
    const lost = contentError('module_content_lost', `the content ${pin.digest} is gone or not what it was`);
    failure = failureOf(lost, atMs);
    findings.push({ code: lost.reason, severity: 'error', path: '', text: lost.message });
  } else findings.push(...judgeContent(pin, await analyses.of(pin.digest)));
  if (origin.kind === 'package') {
    findings.unshift(...judgePackaged(origin, pin.roles));
    return { kind: 'verified', findings, failure };
  }
  try {
    if (!(await source.has(url, pin.commit, signal))) findings.unshift(goneFinding(pin.commit));
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toHeadframeError(thrown);
    failure ??= failureOf(error, atMs);
    findings.unshift({ code: error.reason, severity: 'warning', path: '', text: error.message });
  }
  return { kind: 'verified', findings, failure };
}

function goneFinding(commit: string): ModuleFinding {
  const text = `The origin has no commit ${commit} any more. What is kept of it stays in use.`;
  return { code: 'module_commit_gone', severity: 'warning', path: '', text };
}
