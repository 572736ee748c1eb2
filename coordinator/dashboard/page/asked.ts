import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useDesk } from './desk.js';
import { every, nowMs } from './edge/browser.js';
import { problemOf } from './edge/http.js';
import type { Problem } from './edge/http.js';

/** What a path was answered with last. */
export interface Asked<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  /** Unix milliseconds of the last answer; 0 before. */
  readonly atMs: number;
  /** Asks again at once. */
  readonly again: () => void;
}

/** Asks for a path now and every few milliseconds for as long as the page is shown; by POST where it has a body, and at once where the version of what it tells has changed. */
export function useAsked<T>(path: string, everyMs: number, body?: object, version = ''): Asked<T> {
  const { http } = useDesk();
  const state = useSignal<Omit<Asked<T>, 'again'>>({ value: undefined, problem: undefined, atMs: 0 });
  const round = useSignal(0);
  const text = body === undefined ? undefined : JSON.stringify(body);
  useEffect(() => {
    const over = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.hidden && state.value.atMs > 0) return;
      try {
        // Read from what was just written; the path's answer is the contract's.
        const asked =
          text === undefined
            ? http.get<T>(path, over.signal)
            : http.send<T>(`POST ${path}`, JSON.parse(text) as object);
        const value = await asked;
        if (!over.signal.aborted) state.value = { value, problem: undefined, atMs: nowMs() };
      } catch (error) {
        if (!over.signal.aborted) state.value = { ...state.value, problem: problemOf(error) };
      }
    };
    void ask();
    const stop = every(everyMs, () => void ask());
    return () => {
      stop();
      over.abort();
    };
  }, [path, everyMs, text, version, round.value]);
  return { ...state.value, again: () => (round.value += 1) };
}
