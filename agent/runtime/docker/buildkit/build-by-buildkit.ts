import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../../common/model/clock.js';
import type { BuildInput, BuildMessage } from '../../../images/index.js';
import { onAbort } from '../../on-abort.js';
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
  readonly builds: Pick<BuildCalls, 'buildByBuildkit' | 'cancel' | 'pruneCache'>;
  readonly steps: Pick<KitSteps, 'list' | 'bound' | 'use'>;
  /** Of the disk that the engine's data lies on; undefined where that cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly clock: Clock;
}

const SETTLE_MS = 1_000;
/** An engine that is told to end a build that it has not begun yet forgets that. */
const CANCEL_EVERY_MS = 250;
/** One that hangs ends none. */
const MOST_CANCELS = 40;

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
  const watch = new KitWatch({ ...parts, limits }, await parts.steps.list(), signal);
  try {
    yield* messagesOf(parts, input, watch);
  } catch (error) {
    // What the watch ends a build for is its reason, whatever the connection says of its end.
    throw watch.signal.aborted ? watch.signal.reason : watch.explained(error);
  } finally {
    const wasEnded = watch.signal.aborted;
    watch.close();
    // What a build that was ended early held is let go of a moment after its last word.
    if (wasEnded) await parts.clock.sleep(SETTLE_MS, new AbortController().signal);
    // The next build clears what this one could not.
    await parts.builds.pruneCache(limits.cacheBytes ?? 0).catch(() => undefined);
  }
}

async function* messagesOf(
  parts: KitBuildParts,
  { context, dockerfile, tag, labels, buildArgs, limits }: BuildInput,
  watch: KitWatch,
): AsyncGenerator<BuildMessage> {
  // Engines before 23 take no bound of the files that a step writes: the watch measures them.
  const bytes = limits?.diskBytes;
  const ulimits = JSON.stringify([{ Name: 'fsize', Soft: bytes, Hard: bytes }]);
  const buildid = randomUUID();
  const options = { t: tag, dockerfile, labels: { ...labels }, buildargs: { ...buildArgs }, ulimits, buildid };
  const connection = new AbortController();
  const letGo = onAbort(watch.signal, () => void end(parts, buildid, connection));
  try {
    watch.signal.throwIfAborted();
    const progress = new BuildProgress();
    for await (const message of jsonLines(await parts.builds.buildByBuildkit(context, options, connection.signal)))
      yield* readMessage(message, progress, watch);
    // It may have been over before it heard that it is to end.
    watch.signal.throwIfAborted();
  } finally {
    letGo();
    connection.abort();
  }
}

/** What the engine still holds of a build whose connection is cut cannot be cleared: it is told to end it, and listened to until it has. */
async function end({ builds, clock }: KitBuildParts, id: string, connection: AbortController): Promise<void> {
  try {
    for (let cancels = 0; cancels < MOST_CANCELS; cancels += 1) {
      await builds.cancel(id);
      await clock.sleep(CANCEL_EVERY_MS, connection.signal);
    }
  } catch {
    // The build is over, or the engine does not answer: either way nothing more is to come.
  }
  connection.abort();
}

function* readMessage(message: unknown, progress: BuildProgress, watch: KitWatch): Generator<BuildMessage> {
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
