import type { Clock } from '../../../common/model/clock.js';
import type { BuildInput, BuildLimits, BuildMessage } from '../../images/index.js';
import type { BuildCalls, BuildOptions } from './build-calls.js';
import type { BuildSteps } from './build-steps.js';
import { BuildWatch } from './build-watch.js';
import { throwIfFailed } from './engine-message.js';
import { jsonLines, recordOf, textOf } from './json-lines.js';

/** What a build is made and looked after with. */
export interface BuildParts {
  readonly builds: Pick<BuildCalls, 'build'>;
  readonly steps: BuildSteps;
  /** Of the disk that the engine's data lies on; undefined where that cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly clock: Clock;
}

/** Builds by the engine's classic builder, within the limits of the input. */
export async function* buildClassically(
  parts: BuildParts,
  input: BuildInput,
  signal: AbortSignal,
): AsyncGenerator<BuildMessage> {
  if (input.limits === undefined) {
    yield* messagesOf(parts, input, undefined, signal);
    return;
  }
  const { steps, freeBytes, clock } = parts;
  const watch = new BuildWatch({ steps, freeBytes, limits: input.limits, clock }, signal);
  try {
    yield* messagesOf(parts, input, watch, watch.signal);
  } catch (error) {
    throw watch.explained(error);
  } finally {
    watch.close();
  }
}

async function* messagesOf(
  { builds }: BuildParts,
  { context, dockerfile, tag, labels, buildArgs, limits }: BuildInput,
  watch: BuildWatch | undefined,
  signal: AbortSignal,
): AsyncGenerator<BuildMessage> {
  // Without `forcerm` a failed step leaves its container behind.
  const bounds = limits === undefined ? {} : boundsOf(limits);
  const named = { t: tag, dockerfile, labels: { ...labels }, buildargs: { ...buildArgs } };
  const options = { ...named, rm: true, forcerm: true, ...bounds };
  for await (const message of jsonLines(await builds.build(context, options, signal))) {
    throwIfFailed(message, 'build');
    const record = recordOf(message);
    const text = textOf(record['stream']);
    watch?.heard(text);
    yield { text, imageId: textOf(recordOf(record['aux'])['ID']) };
  }
}

/** Period of the kernel's CPU quota, in microseconds. */
const QUOTA_PERIOD_US = 100_000;

/** Memory and swap together, or a step could swap the host to a standstill; of processes the engine bounds none while it builds. */
function boundsOf({ memoryBytes, cpuMillis, diskBytes }: BuildLimits): BuildOptions {
  const cpuquota = Math.round((cpuMillis * QUOTA_PERIOD_US) / 1000);
  const ulimits = JSON.stringify([{ Name: 'fsize', Soft: diskBytes, Hard: diskBytes }]);
  return { memory: memoryBytes, memswap: memoryBytes, cpuperiod: QUOTA_PERIOD_US, cpuquota, ulimits };
}
