import type { DryRun, Intent, IntentFailure } from '../../../common/gen/headframe/v1/intent_pb.js';
import type { IntentState } from '../../../common/model/intent.js';
import { INTENT_STATE } from '../../../common/wire/client.js';
import { planckText } from '../amounts.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

const TONES: Readonly<Record<IntentState, Tone>> = {
  journalled: 'warn',
  signed: 'warn',
  in_block: 'warn',
  finalised: 'good',
  failed: 'bad',
  abandoned: 'faint',
};

/** The table of `intents ls`. */
export function intentsView(intents: readonly Intent[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), intents, viewing.wide), empty: 'No intents.' }];
}

/** All of one intent. */
export function intentView(intent: Intent, { nowMs }: Viewing): View {
  const { id, key, network, signer, real, purpose, block, failure, note, why } = intent;
  const facts: [string, Cell][] = [
    ['id', id],
    ['key', key],
    ['purpose', purpose || NOTHING],
    ['network', network],
    ['call', `${intent.call}(${intent.arguments})`],
    ['signed by', `${whoSigns(intent)}, ${signer}`],
    ['in the name of', real || NOTHING],
    ['amount', planckText(intent.amountPlanck, intent)],
    ['fee', planckText(intent.feePlanck, intent) || NOTHING],
    ['tip', planckText(intent.tipPlanck, intent) || NOTHING],
    ['at most', planckText(intent.capPlanck, intent)],
    ['state', stateCell(intent)],
    ['waits for', why || NOTHING],
    ['note', note || NOTHING],
    ['extrinsic', intent.hash || NOTHING],
    ['block', block === undefined ? NOTHING : `${String(block.number)} ${block.hash}`],
    ['signings', String(intent.attempts)],
    ['made', momentCell(intent.createdAtMs, nowMs)],
    ['changed', momentCell(intent.changedAtMs, nowMs)],
    ['not begun after', intent.giveUpAtMs === 0n ? NOTHING : timeCell(Number(intent.giveUpAtMs))],
  ];
  return [{ kind: 'facts', facts }, ...(failure === undefined ? [] : failureView('Failure', failure))];
}

/** What would come of a call. */
export function dryRunView(run: DryRun): View {
  const amount = (planck: string): string => planckText(planck, run) || NOTHING;
  const { refusal } = run;
  const facts: [string, Cell][] = [
    ['purpose', run.purpose || NOTHING],
    ['network', run.network],
    ['call', `${run.call}(${run.arguments})`],
    ['amount', amount(run.amountPlanck)],
    ['fee', amount(run.feePlanck)],
    ['at most', amount(run.capPlanck)],
    ['signed by', `${run.signer}, which can spend ${amount(run.signerFundsPlanck)}`],
    ['in the name of', run.real === '' ? NOTHING : `${run.real}, which can spend ${amount(run.realFundsPlanck)}`],
    ['effect', run.effect],
    ['would be sent', refusal === undefined ? toned('yes', 'good') : toned('no', 'bad')],
  ];
  return [{ kind: 'facts', facts }, ...(refusal === undefined ? [] : failureView('Refusal', refusal))];
}

/** Where an intent stands, in a line. */
export function intentLine(intent: Intent): string {
  const { id, block, why, note } = intent;
  const fee = planckText(intent.feePlanck, intent);
  const paid = fee === '' ? '' : `, fee ${fee}`;
  const place = block === undefined ? '' : ` in block ${String(block.number)}`;
  const more = why || note;
  return `intent ${id}: ${stateOf(intent)}${place}${paid}${more === '' ? '' : ` (${more})`}`;
}

function columns({ nowMs }: Viewing): Column<Intent>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATE', cell: stateCell },
    { title: 'NETWORK', cell: ({ network }) => network },
    { title: 'SIGNED BY', cell: whoSigns },
    { title: 'PURPOSE', cell: ({ purpose, call }) => purpose || call },
    { title: 'AMOUNT', cell: (intent) => planckText(intent.amountPlanck, intent) },
    { title: 'FEE', cell: (intent) => planckText(intent.feePlanck, intent) || NOTHING },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(Number(createdAtMs), nowMs) },
    { title: 'WHY', cell: ({ why, failure, note }) => why || failure?.error || note || NOTHING },
    { title: 'CALL', cell: ({ call }) => call, wide: true },
    { title: 'KEY', cell: ({ key }) => key, wide: true },
    { title: 'EXTRINSIC', cell: ({ hash }) => hash || NOTHING, wide: true },
  ];
}

function failureView(title: string, { error, class: kind, action, askAtBlock }: IntentFailure): View {
  const facts: [string, Cell][] = [
    ['error', toned(error, 'bad')],
    ['class', kind],
    ['what to do', action],
    ['ask at block', askAtBlock === 0n ? NOTHING : String(askAtBlock)],
  ];
  return [{ kind: 'facts', title, facts }];
}

function whoSigns({ wallet, hotkey }: Intent): string {
  return hotkey === '' ? wallet : `${wallet}/${hotkey}`;
}

function stateOf({ state }: Intent): IntentState | 'unknown' {
  return INTENT_STATE.find(state) ?? 'unknown';
}

function stateCell(intent: Intent): Cell {
  const state = stateOf(intent);
  return toned(state, state === 'unknown' ? undefined : TONES[state]);
}

function momentCell(atMs: bigint, nowMs: number): string {
  return `${timeCell(Number(atMs))} (${ageCell(Number(atMs), nowMs)} ago)`;
}
