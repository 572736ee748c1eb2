import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { askControl } from './control-socket.js';
import { isThere, runningMiner } from './presence.js';
import type { Places } from './presence.js';

const LOOK_EVERY_MS = 50;

/**
 * Has the miner of these places end, and waits until its process is gone; the id of that process, undefined where none ran. Throws
 * `HeadframeError` ('space_stop_timeout').
 */
export async function stopMiner(
  places: Places,
  { clock, timeoutMs, signal }: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const holder = await runningMiner(places);
  if (holder === undefined) return undefined;
  const { pid } = holder;
  // One that does not answer hears of it by a signal; the lock says that the number is still its own.
  await askControl(places.socket, { kind: 'stop' }).catch(() => isThere(holder) && process.kill(pid, 'SIGTERM'));
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  while (isThere(holder)) {
    if (clock.monotonicMs() >= deadlineMs) throw stillThere(pid, timeoutMs);
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return pid;
}

function stillThere(pid: number, timeoutMs: number): HeadframeError {
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'space_stop_timeout',
    message: `the miner, process ${String(pid)}, has not ended within ${String(timeoutMs / 1000)} s`,
    remedy: `Wait longer with --timeout, or end it with kill -9 ${String(pid)}: nothing but its current round is lost by that.`,
    metadata: { pid: String(pid) },
  });
}
