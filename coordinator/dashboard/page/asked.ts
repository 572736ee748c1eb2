import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useDesk } from './desk.js';
import { every, nowMs } from './edge/browser.js';
import { problemOf } from './edge/http.js';
import type { Problem } from './state/problem.js';

/** What a path was answered with last. */
export interface Asked<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  /** Unix milliseconds of the last answer; 0 before. */
  readonly atMs: number;
  /** Asks again at once. */
  readonly again: () => void;
}

/** Asks for a path now, every few milliseconds for as long as the page is shown, and when it is seen again; by POST where it has a body, and at once where the version of what it tells has changed. */
export function useAsked<T>(path: string, everyMs: number, body?: object, version = ''): Asked<T> {
  const { http } = useDesk();
  const state = useSignal<Omit<Asked<T>, 'again'>>({ value: undefined, problem: undefined, atMs: 0 });
  const round = useSignal(0);
  const text = body === undefined ? undefined : JSON.stringify(body);
  useEffect(() => {
    const over = new AbortController();
    let isBusy = false;
    const ask = async (): Promise<void> => {
      // A slow answer is waited for, and nobody sees a page that is hidden.
      if (isBusy || (document.hidden && state.value.atMs > 0)) return;
      isBusy = true;
      try {
        const asked =
          text === undefined
            ? http.get<T>(path, over.signal)
            : // Read from what was just written.
              http.query<T>(path, JSON.parse(text) as object, over.signal);
        const value = await asked;
        if (!over.signal.aborted) state.value = { value, problem: undefined, atMs: nowMs() };
      } catch (error) {
        if (!over.signal.aborted) state.value = { ...state.value, problem: problemOf(error) };
      } finally {
        isBusy = false;
      }
    };
    const seen = (): void => {
      if (!document.hidden) void ask();
    };
    document.addEventListener('visibilitychange', seen);
    void ask();
    const stop = every(everyMs, () => void ask());
    return () => {
      stop();
      document.removeEventListener('visibilitychange', seen);
      over.abort();
    };
  }, [path, everyMs, text, version, round.value]);
  return { ...state.value, again: () => (round.value += 1) };
}
