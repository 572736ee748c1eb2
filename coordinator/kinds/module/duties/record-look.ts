import type { AdmissionRecord, DangerRecord } from '../../../../common/model/admission.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import type { Danger } from '../../../chain/registration/index.js';
import type { Transaction } from '../../../fleet/port.js';

/** What a look at a miner's chain found. */
export interface Look extends Omit<AdmissionRecord, 'atMs'> {
  /** Undefined where nothing is to be told of it, so that what is known of it stays; `gone` where there is no place to lose. */
  readonly danger: Danger | 'gone' | undefined;
}

/** Before a text is written anew that says nothing else. */
const RETELL_MS = 120_000;

/** Puts on record what is new of what was found, and tells of what is another thing than before. */
export function recordLook(tx: Transaction, miner: MinerRecord, look: Look): void {
  const admission = admissionAfter(tx, miner, look);
  const danger = dangerAfter(tx, miner, look);
  if (admission === miner.admission && danger === miner.danger) return;
  tx.putMiner({ ...miner, admission, danger });
  const tell = (reason: string, text: string): void => {
    tx.event({ subject: 'miner', id: miner.spec.name, reason, text });
  };
  const before = at(look.place, miner.admission);
  if (before?.state !== admission?.state || before?.reason !== look.reason) tell(look.reason, look.text);
  const turn = turnOf(at(look.place, miner.danger), danger, look);
  if (turn !== undefined) tell(...turn);
}

/** What is told when a place comes near to being lost, or out of it; that it was lost is told by itself. */
function turnOf(
  before: DangerRecord | undefined,
  after: DangerRecord | undefined,
  { danger }: Look,
): readonly [reason: string, text: string] | undefined {
  if (after !== undefined) return before === undefined ? ['deregistration_near', after.text] : undefined;
  if (before === undefined || danger === undefined || danger === 'gone') return undefined;
  return ['deregistration_averted', danger.text];
}

function admissionAfter(
  tx: Transaction,
  { admission }: MinerRecord,
  { danger: _danger, ...found }: Look,
): AdmissionRecord | undefined {
  const before = at(found.place, admission);
  const isSame = before?.state === found.state && before.reason === found.reason;
  // Texts tell of the last block and change with each.
  if (isSame && (before.text === found.text || tx.atMs - before.atMs < RETELL_MS)) return before;
  return { ...found, atMs: tx.atMs };
}

function dangerAfter(tx: Transaction, miner: MinerRecord, { place, danger }: Look): DangerRecord | undefined {
  const before = at(place, miner.danger);
  if (danger === undefined) return before;
  if (danger === 'gone' || !danger.near) return undefined;
  if (before?.text === danger.text) return before;
  return { place, text: danger.text, sinceMs: before?.sinceMs ?? tx.atMs };
}

/** What was told of the same place. */
function at<T extends { readonly place: string }>(place: string, told: T | undefined): T | undefined {
  return told?.place === place ? told : undefined;
}
