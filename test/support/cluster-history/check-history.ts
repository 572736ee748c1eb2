import { checkEpochs } from './check-epochs.js';
import { checkLives } from './check-lives.js';
import type { EndReasons } from './check-lives.js';
import { checkPaid } from './check-paid.js';
import { checkWrites } from './check-writes.js';
import type { HistoryEvent } from './history.js';
import type { Violation } from './violation.js';

/** All that a history shows and a cluster promises never to do, whatever befalls it; empty for one that kept its word. */
export function checkHistory(history: readonly HistoryEvent[], reasons: EndReasons): Violation[] {
  return [...checkWrites(history), ...checkLives(history, reasons), ...checkEpochs(history), ...checkPaid(history)];
}
