import { setTimeout as sleep } from 'node:timers/promises';
import { heldThreads } from './prove/scan-threads.js';

/** Threads that were told to end do so within milliseconds, and within seconds on a machine that has much else to do. */
const PATIENCE_MS = 4000;
const LOOK_EVERY_MS = 50;

/** Ends this process soon, whatever still keeps it, with this code where no disk hangs. */
export async function leave(code: number): Promise<void> {
  for (let waitedMs = 0; isHeld() && waitedMs < PATIENCE_MS; waitedMs += LOOK_EVERY_MS) await sleep(LOOK_EVERY_MS);
  leaveNow(code);
}

/** The same at once. An ordinary end waits for threads that a disk holds in the kernel, so that there it is a kill. */
export function leaveNow(code: number): void {
  if (isHeld()) process.kill(process.pid, 'SIGKILL');
  // eslint-disable-next-line no-restricted-properties -- the end of programs whose disks may hang
  process.exit(code);
}

/** Whether a read or a look has not come back: one of our threads is in it, or one of Node's. */
function isHeld(): boolean {
  return heldThreads() > 0 || process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}
