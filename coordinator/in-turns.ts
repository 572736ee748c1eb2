import { yieldTurn } from './yield-turn.js';

/** Of work between two turns of the event loop, in milliseconds. */
const TURN_MS = 10;

/**
 * Does work that may pause at each of its yields, with turns of the event loop in between, so that nothing else waits for all of
 * it. Answers what it returns, rejects with what it throws.
 */
export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  for (let endMs = performance.now() + TURN_MS; ;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() < endMs) continue;
    await yieldTurn();
    endMs = performance.now() + TURN_MS;
  }
}

/** The same without a pause, for whom nothing waits. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
