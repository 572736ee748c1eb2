import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks every 50 ms until there is an answer, and gives it; `false` and `undefined` are no answer yet.
 * It is patient, for what is tested is that something comes, not how soon on a busy machine.
 * @throws after `timeoutMs`, naming what was waited for, with the last error of `ask` as cause
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | false | undefined> | T | false | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== false && answer !== undefined) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(50);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
}
