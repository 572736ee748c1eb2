import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// Node has no other way to it in a process that was started without the flag.
const collect = runInNewContext('gc') as () => void;

/** Sweeping goes on in other threads for so long, in milliseconds. */
const SWEEP_MS = 300;

/** Collects all garbage, so that none of what came before is cleared on the clock of what comes next. */
export async function collectGarbage(): Promise<void> {
  collect();
  await new Promise((resolve) => setTimeout(resolve, SWEEP_MS));
}
