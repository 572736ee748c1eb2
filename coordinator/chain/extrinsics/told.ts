import type { IntentRecord } from '../../../common/model/intent.js';

/** What is told of an intent that has come to its state. */
export function eventOf(intent: IntentRecord): { readonly reason: string; readonly text: string } {
  const { id, network, wallet, purpose, state, failure, note, block } = intent;
  const what = `${purpose === '' ? `${intent.call.pallet}.${intent.call.method}` : purpose}, by ${wallet} on ${network}`;
  const said = note === '' ? '' : `: ${note}`;
  switch (state) {
    case 'journalled':
      return { reason: 'intent_journalled', text: `Written down: ${what} (intent ${id}).` };
    case 'signed':
      return { reason: 'intent_signed', text: `Signed: ${what} (intent ${id}).` };
    case 'in_block':
      return { reason: 'intent_in_block', text: `In block ${String(block?.number ?? 0)}: ${what} (intent ${id}).` };
    case 'finalised':
      return { reason: 'intent_finalised', text: `Done: ${what}${costOf(intent)}${said} (intent ${id}).` };
    case 'failed':
      return {
        reason: 'intent_failed',
        text: `Failed: ${what}: ${failure?.error ?? ''}, ${failure?.class ?? ''}. ${failure?.action ?? ''} (intent ${id})`,
      };
    case 'abandoned':
      return { reason: 'intent_abandoned', text: `Given up: ${what}${said} (intent ${id}).` };
  }
}

/** Nothing was paid for what was there already. */
function costOf({ block, amount, fee = '0', tip = '0' }: IntentRecord): string {
  if (block === undefined) return '';
  return `, in block ${String(block.number)}, for ${amount} and a fee of ${String(BigInt(fee) + BigInt(tip))} planck`;
}
