import { create } from '@bufbuild/protobuf';
import { DryRunSchema, IntentSchema, IntentState as WireState } from '../gen/headframe/v1/intent_pb.js';
import type { DryRun, Intent } from '../gen/headframe/v1/intent_pb.js';
import { walletOf } from '../model/intent.js';
import type { ChainCall, IntentFailure, IntentRecord, IntentState } from '../model/intent.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { blockToWire } from './network.js';
import { numberToWire } from './numbers.js';

/** Where intents stand. */
export const INTENT_STATE: EnumTable<IntentState, WireState> = enumTable({
  journalled: WireState.JOURNALLED,
  signed: WireState.SIGNED,
  in_block: WireState.IN_BLOCK,
  finalised: WireState.FINALISED,
  failed: WireState.FAILED,
  abandoned: WireState.ABANDONED,
});

/** How a chain's token is written; what it does not say stays unset. */
export interface TokenView {
  readonly tokenSymbol: string;
  readonly decimals?: number | undefined;
}

/** An intent as people see it. */
export interface IntentView extends TokenView {
  readonly intent: IntentRecord;
  /** What it waits for. */
  readonly why: string;
}

/** What would come of a call. Amounts are in the smallest unit. */
export interface DryRunView extends TokenView {
  readonly network: string;
  readonly call: ChainCall;
  readonly purpose: string;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly cap: bigint;
  readonly signer: string;
  readonly signerFunds: bigint;
  readonly real: string | undefined;
  readonly realFunds: bigint | undefined;
  readonly effect: string;
  readonly refusal: IntentFailure | undefined;
}

/** Puts an intent on the wire. */
export function intentToWire({ intent, why, tokenSymbol, decimals }: IntentView): Intent {
  const { id, key, network, wallet, signer, purpose, attempts, note, block, failure } = intent;
  const name = walletOf(wallet);
  return create(IntentSchema, {
    ...{ id, key, network, signer, purpose, attempts, note, why, tokenSymbol },
    ...{ wallet: name, hotkey: wallet.slice(name.length + 1), real: intent.real ?? '' },
    ...callToWire(intent.call),
    ...{ amountPlanck: intent.amount, capPlanck: intent.cap, maxTipPlanck: intent.maxTip },
    state: INTENT_STATE.toWire(intent.state),
    ...{ feePlanck: intent.fee ?? '', tipPlanck: intent.tip ?? '', hash: intent.hash ?? '' },
    ...(block === undefined ? {} : { block: blockToWire(block) }),
    ...(failure === undefined ? {} : { failure: failureToWire(failure) }),
    giveUpAtMs: numberToWire(intent.giveUpAtMs ?? 0, 'giveUpAtMs'),
    createdAtMs: numberToWire(intent.createdAtMs, 'createdAtMs'),
    changedAtMs: numberToWire(intent.changedAtMs, 'changedAtMs'),
    ...(decimals === undefined ? {} : { decimals }),
  });
}

/** Puts what would come of a call on the wire. */
export function dryRunToWire(view: DryRunView): DryRun {
  const { network, purpose, signer, effect, tokenSymbol, decimals } = view;
  return create(DryRunSchema, {
    ...{ network, purpose, signer, effect, tokenSymbol, real: view.real ?? '' },
    ...callToWire(view.call),
    ...{ amountPlanck: String(view.amount), feePlanck: String(view.fee), capPlanck: String(view.cap) },
    signerFundsPlanck: String(view.signerFunds),
    realFundsPlanck: view.realFunds === undefined ? '' : String(view.realFunds),
    ...(view.refusal === undefined ? {} : { refusal: failureToWire(view.refusal) }),
    ...(decimals === undefined ? {} : { decimals }),
  });
}

function callToWire({ pallet, method, args }: ChainCall) {
  return { call: `${pallet}.${method}`, arguments: JSON.stringify(args) };
}

function failureToWire({ error, class: kind, action, askAtBlock = 0 }: IntentFailure) {
  return { error, class: kind, action, askAtBlock: numberToWire(askAtBlock, 'askAtBlock') };
}
