import { HeadframeError } from '../../../common/model/error.js';
import { progressFromWire } from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import type { Board } from './goal.js';
import type { Progress, ProgressLine } from './progress.js';

const PERIOD_MS = 500;
/** Pulls and builds shown at once. */
const MOST_SHOWN = 4;

interface Preparation {
  readonly boards: readonly Board[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Shows how far pulls and builds are, which watches do not tell, until the signal. */
export async function pollPreparation(call: Invocation, { boards, progress, signal }: Preparation): Promise<void> {
  for (;;) {
    await call.world.clock.sleep(PERIOD_MS, signal);
    const ids = boards.flatMap((board) => board.preparing(MOST_SHOWN)).slice(0, MOST_SHOWN);
    const lines = await Promise.all(ids.map((id) => lineOf(call, id, signal)));
    progress.showBelow(lines.flatMap((line) => line ?? []));
  }
}

async function lineOf(call: Invocation, id: string, signal: AbortSignal): Promise<ProgressLine | undefined> {
  try {
    const { fleet } = await call.connect();
    const { progress } = await fleet.getInstance({ id }, { signal });
    if (progress === undefined) return undefined;
    const { activity, doneBytes, totalBytes, text } = progressFromWire(progress);
    return { name: `${activity} ${id}`, done: doneBytes, total: totalBytes, text };
  } catch (error) {
    // The watch beside it tells of trouble; a bar is not worth a failure.
    if (error instanceof HeadframeError) return undefined;
    throw error;
  }
}
