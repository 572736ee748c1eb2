import { IntentState } from '../../../../common/gen/headframe/v1/intent_pb.js';
import type { Intent } from '../../../../common/gen/headframe/v1/intent_pb.js';
import { historyMs } from '../../../support/cluster-history/history.js';
import { HistoryRecorder } from '../../../support/cluster-history/recorder.js';
import type { Random } from '../../../support/seeded-random.js';
import { waitFor } from '../../../support/wait-for.js';
import { requireKept, settled } from '../trial.js';
import { BlockMaker } from './block-maker.js';
import { PayingClient, keyOf } from './paying-client.js';
import type { PayingCluster } from './paying-cluster.js';
import { PAYING_NEMESES } from './paying-nemeses.js';
import type { PayingNemesisName } from './paying-nemeses.js';

/** What a trial is of. */
export interface PayingTrialParts {
  readonly cluster: PayingCluster;
  /** Of its history. */
  readonly name: string;
  /** What befalls who pays: those of a list one after the other, and all lists at once. */
  readonly faults: readonly (readonly PayingNemesisName[])[];
  readonly random: Random;
}

/** How a trial went that found nothing. */
export interface PayingFigures {
  /** Payments that the chain has, each once. */
  readonly paid: number;
  /** Tries that were not acknowledged. */
  readonly unknown: number;
  /** Payments that were signed more than once. */
  readonly signedAgain: number;
}

const BACK_MS = 90_000;

/**
 * Has faults befall coordinators in the midst of paying, waits until all that was asked for has come to its end, reads the chain,
 * and judges what was seen.
 * @throws with the file of the history and all that it shows, where it shows what may not be; and where a payment failed, for
 * which there is no reason
 */
export async function runPayingTrial({ cluster, name, faults, random }: PayingTrialParts): Promise<PayingFigures> {
  const recorder = new HistoryRecorder();
  const note: HistoryRecorder['note'] = (event) => {
    recorder.note(event);
  };
  const blocks = new BlockMaker(cluster.node, random);
  const client = new PayingClient({ cluster, random, note });
  let intents: readonly Intent[];
  try {
    await client.firstPaid();
    const befall = async (list: readonly PayingNemesisName[]): Promise<void> => {
      for (const fault of list) {
        await client.midst();
        const startMs = historyMs();
        await PAYING_NEMESES[fault](cluster, random);
        note({ kind: 'fault', name: fault, startMs, endMs: historyMs() });
      }
    };
    await settled(faults.map(befall));
    const before = client.acknowledged;
    await waitFor('payments afterwards', () => client.acknowledged > before + 1, BACK_MS);
    intents = await client.ended();
  } finally {
    await client.stop();
    await blocks.stop();
  }
  for (const { key, state } of intents) note({ kind: 'told', intent: key, isPaid: state === IntentState.FINALISED });
  for (const { amount, place } of await cluster.stakedSince())
    note({ kind: 'paid', intent: keyOf(amount), call: place });
  await requireKept(recorder, name, { exclusive: [], others: [] });
  requirePaid(intents);
  const asked = recorder.events.filter((event) => event.kind === 'asked');
  return {
    paid: intents.length,
    unknown: asked.filter(({ outcome }) => outcome === 'unknown').length,
    signedAgain: intents.filter(({ attempts }) => attempts > 1).length,
  };
}

function requirePaid(intents: readonly Intent[]): void {
  const failed = intents.filter(({ state }) => state !== IntentState.FINALISED);
  if (failed.length === 0) return;
  const told = failed.map(({ key, state, failure, note }) => `${key} ${String(state)} ${failure?.error ?? note}`);
  throw new Error(`payments have failed: ${told.join(', ')}`);
}
