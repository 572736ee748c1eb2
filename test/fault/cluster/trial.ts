import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { checkHistory } from '../../support/cluster-history/check-history.js';
import type { EndReasons } from '../../support/cluster-history/check-lives.js';
import { historyMs } from '../../support/cluster-history/history.js';
import type { HistoryRecorder } from '../../support/cluster-history/recorder.js';
import type { Random } from '../../support/seeded-random.js';
import { waitFor } from '../../support/wait-for.js';
import type { Islands } from './islands.js';
import { NEMESES } from './nemeses.js';
import type { NemesisName } from './nemeses.js';
import { RecordedClient } from './recorded-client.js';

/** What a trial is of. */
export interface TrialParts {
  readonly islands: Islands;
  /** Tells its writes from those of others. */
  readonly name: string;
  /** What befalls the cluster: those of a list one after the other, and all lists at once. */
  readonly faults: readonly (readonly NemesisName[])[];
  readonly random: Random;
}

/** How a trial went that found nothing. */
export interface TrialFigures {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly reads: number;
  readonly epochs: number;
  /** Instances with an identity that began to run. */
  readonly moves: number;
}

/** In names of what has hosts count as lost, and what runs there begin elsewhere. */
export const LOSS = /until they count as lost/;
/** Without a reason ends what its host, which counted as lost, is not to run any more when it is back. */
const NOT_ASSIGNED = '';
const BACK_MS = 60_000;

/**
 * Has faults befall a cluster while a client writes, waits until all is well again, and judges what was seen.
 * @throws with the file of the history and all that it shows, where it shows what may not be
 */
export async function runTrial({ islands, name, faults, random }: TrialParts): Promise<TrialFigures> {
  const recorder = islands.beginHistory();
  const note: HistoryRecorder['note'] = (event) => {
    recorder.note(event);
  };
  const client = new RecordedClient({ members: islands.members, run: name, random, note });
  const befall = async (list: readonly NemesisName[]): Promise<void> => {
    for (const fault of list) {
      const startMs = historyMs();
      await NEMESES[fault](islands, random);
      note({ kind: 'fault', name: fault, startMs, endMs: historyMs() });
    }
  };
  const lived = undergo(islands, client, () => settled(faults.map(befall)));
  await Promise.allSettled([lived]);
  await client.stop();
  // What was seen may say why a cluster has not come to rest.
  const figures = await judge(recorder, name, {
    exclusive: ['lease_expired'],
    others: faults.flat().some((fault) => LOSS.test(fault)) ? [NOT_ASSIGNED] : [],
  });
  await lived;
  return figures;
}

/** Until all is well again after what befalls. */
async function undergo(islands: Islands, client: RecordedClient, befall: () => Promise<void>): Promise<void> {
  await waitFor('a first write', () => client.acknowledged > 0);
  await befall();
  const before = client.acknowledged;
  await waitFor('writes afterwards', () => client.acknowledged > before + 2, BACK_MS);
  await islands.calm();
  await client.stop();
  await waitFor('a last reading', () => client.read().then(() => true));
}

/** Waits for all of them, also where one fails, for each takes back what it did. */
export async function settled(faults: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(faults);
  await Promise.all(faults);
}

async function judge(recorder: HistoryRecorder, name: string, reasons: EndReasons): Promise<TrialFigures> {
  const { events } = recorder;
  await requireKept(recorder, name, reasons);
  const writes = events.filter((event) => event.kind === 'write');
  const beganMs = Math.min(...writes.map(({ startMs }) => startMs));
  const acknowledged = writes.filter(({ outcome }) => outcome === 'acknowledged').length;
  return {
    ...{ acknowledged, unknown: writes.length - acknowledged },
    reads: events.filter(({ kind }) => kind === 'read').length,
    epochs: new Set(events.flatMap((event) => (event.kind === 'lead' ? [event.epoch] : []))).size,
    moves: events.filter((event) => event.kind === 'began' && event.identity !== '' && event.atMs > beganMs).length,
  };
}

/** Throws with the file of the history and all that it shows, where it shows what may not be. */
export async function requireKept(recorder: HistoryRecorder, name: string, reasons: EndReasons): Promise<void> {
  const violations = checkHistory(recorder.events, reasons);
  const folder = process.env.HEADFRAME_TEST_CLUSTER_HISTORIES;
  const file = join(folder ?? tmpdir(), `headframe-history-${name}.jsonl`);
  if (folder !== undefined || violations.length > 0) await recorder.save(file);
  if (violations.length > 0) {
    const some = violations.slice(0, 10).map(({ kind, text }) => `${kind}: ${text}`);
    throw new Error(`${String(violations.length)} promises broken, see ${file}\n${some.join('\n')}`);
  }
}
