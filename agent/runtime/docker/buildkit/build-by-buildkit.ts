import type { Clock } from '../../../../common/model/clock.js';
import type { BuildInput, BuildMessage } from '../../../images/index.js';
import { runtimeError } from '../../runtime-error.js';
import type { BuildCalls } from '../build-calls.js';
import { throwIfFailed } from '../engine-message.js';
import { jsonLines, recordOf, textOf } from '../json-lines.js';
import type { KitSteps } from './kit-steps.js';
import { KitWatch } from './kit-watch.js';
import { BuildProgress } from './progress.js';
import { readTrace } from './trace.js';

/** What a build by BuildKit is made and looked after with. */
export interface KitBuildParts {
  readonly builds: Pick<BuildCalls, 'buildByBuildkit' | 'pruneCache'>;
  readonly steps: Pick<KitSteps, 'list' | 'bound' | 'use'>;
  /** Of the disk that the engine's data lies on; undefined where that cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly clock: Clock;
}

const WAIT_MS = 100;
const MOST_WAITS = 100;

/**
 * Builds by BuildKit of the engine, each step within the limits of the input, and clears its cache to what may stay. Throws
 * what the classic builder's does, and HeadframeError ('build_unbounded').
 */
export async function* buildByBuildkit(
  parts: KitBuildParts,
  input: BuildInput,
  signal: AbortSignal,
): AsyncGenerator<BuildMessage> {
  const { limits } = input;
  if (limits === undefined) throw runtimeError('build_unbounded', 'nothing says what a step of BuildKit may take');
  const others = await parts.steps.list();
  const watch = new KitWatch({ ...parts, limits }, others, signal);
  try {
    yield* messagesOf(parts.builds, input, watch);
  } catch (error) {
    // What the watch ends a build for is its reason, whatever the connection says of its end.
    throw watch.signal.aborted ? watch.signal.reason : watch.explained(error);
  } finally {
    watch.close();
    // The next build clears what this one could not.
    await cleared(parts, others, limits.cacheBytes ?? 0).catch(() => undefined);
  }
}

/** What a build that was given up holds yet cannot be cleared before the engine has ended its steps. */
async function cleared({ steps, builds, clock }: KitBuildParts, others: readonly string[], keepBytes: number) {
  const { signal } = new AbortController();
  for (let waits = 0; waits < MOST_WAITS; waits += 1) {
    const left = (await steps.list()).filter((id) => !others.includes(id));
    if (left.length === 0) break;
    await clock.sleep(WAIT_MS, signal);
  }
  await builds.pruneCache(keepBytes);
}

async function* messagesOf(
  builds: KitBuildParts['builds'],
  { context, dockerfile, tag, labels, buildArgs, limits }: BuildInput,
  watch: KitWatch,
): AsyncGenerator<BuildMessage> {
  // Engines before 23 take no bound of the files that a step writes: the watch measures them.
  const bytes = limits?.diskBytes;
  const ulimits = JSON.stringify([{ Name: 'fsize', Soft: bytes, Hard: bytes }]);
  const options = { t: tag, dockerfile, labels: { ...labels }, buildargs: { ...buildArgs }, ulimits };
  const progress = new BuildProgress();
  for await (const message of jsonLines(await builds.buildByBuildkit(context, options, watch.signal))) {
    const { id, aux } = recordOf(message);
    if (id === 'moby.buildkit.trace') {
      const lines = progress.hear(readTrace(Buffer.from(textOf(aux), 'base64')));
      for (const line of lines) watch.heard(line);
      if (lines.length > 0) yield { text: lines.join('\n'), imageId: '' };
    }
    throwIfFailed(message, 'build');
    const imageId = textOf(recordOf(aux)['ID']);
    if (imageId !== '') yield { text: '', imageId };
  }
}
