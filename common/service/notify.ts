import { execFile } from 'node:child_process';
import type { Clock } from '../model/clock.js';
import type { Logger } from '../observe/logger.js';

/** How a program stands, as its service manager is told. */
export interface Standing {
  /** Whether it does its work; once it has, it counts as started. */
  readonly isReady: boolean;
  /** One line for people: `systemctl status`. */
  readonly text: string;
}

/** What is needed to tell a service manager. */
export interface NotifyParts {
  /** Has NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID where systemd started this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly stand: () => Standing;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
}

const LOOK_MS = 250;
const BEAT_WITHOUT_WATCHDOG_MS = 15_000;
const SEND_WITHIN_MS = 5_000;

/**
 * Tells systemd how this process stands until the signal, and then that it stops. Each beat is a turn of the event loop, so
 * a loop that hangs sends none. Until it is ready it asks for more time with each beat: waiting for somebody is no failure,
 * hanging is. Does nothing without NOTIFY_SOCKET.
 */
export async function keepNotified(parts: NotifyParts, signal: AbortSignal): Promise<void> {
  const { env, stand, clock, logger } = parts;
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return;
  const ended = (): boolean => signal.aborted;
  const beat = beatOf(parts);
  let isReady = false;
  let sentMs = -Infinity;
  let failed = false;
  while (!ended()) {
    const standing = stand();
    const becomesReady = standing.isReady && !isReady;
    isReady ||= standing.isReady;
    if (becomesReady || clock.monotonicMs() - sentMs >= beat.periodMs) {
      sentMs = clock.monotonicMs();
      const sent = await send(wordsOf({ ...beat, becomesReady, isReady, text: standing.text }), env);
      if (!sent && !failed) logger.warn('systemd-notify failed: systemd is not told how this program stands');
      failed = !sent;
    }
    await clock.sleep(isReady ? beat.periodMs : Math.min(LOOK_MS, beat.periodMs), signal).catch(() => undefined);
  }
  await send(['STOPPING=1', 'STATUS=stopping'], env);
}

interface Beat {
  readonly periodMs: number;
  readonly isWatched: boolean;
}

/** At half of the watchdog's time: https://www.freedesktop.org/software/systemd/man/sd_watchdog_enabled.html */
function beatOf({ env, pid }: NotifyParts): Beat {
  const micros = Number(env['WATCHDOG_USEC'] ?? '');
  const watched = env['WATCHDOG_PID'] ?? '';
  const isWatched = Number.isSafeInteger(micros) && micros > 0 && (watched === '' || watched === String(pid));
  return { isWatched, periodMs: isWatched ? Math.max(1, Math.floor(micros / 2000)) : BEAT_WITHOUT_WATCHDOG_MS };
}

function wordsOf(told: Beat & { becomesReady: boolean; isReady: boolean; text: string }): string[] {
  return [
    ...(told.becomesReady ? ['READY=1'] : []),
    ...(told.isReady ? [] : [`EXTEND_TIMEOUT_USEC=${String(told.periodMs * 3000)}`]),
    ...(told.isWatched ? ['WATCHDOG=1'] : []),
    `STATUS=${told.text.replaceAll(/\s+/g, ' ')}`,
  ];
}

/** By systemd's own program: Node has no datagram sockets of the Unix kind, and a native addon is a lot for a word a while. */
function send(words: readonly string[], env: NotifyParts['env']): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { env: { PATH: env['PATH'], NOTIFY_SOCKET: env['NOTIFY_SOCKET'] }, timeout: SEND_WITHIN_MS };
    execFile('systemd-notify', words, options, (error) => {
      resolve(error === null);
    });
  });
}
