import { formatPlanck } from '../../../../common/model/token-amount.js';
import type { Token } from '../refusals.js';
import type { BondOperation } from './bond.js';

/** What an operation is for, for people; the same for the same operation, however often it is asked for. Pure. */
export function describeBond(operation: BondOperation, token: Token): string {
  switch (operation.kind) {
    case 'add':
      return `bond ${formatPlanck(operation.amount, token)}${goingTo(operation)}`;
    case 'remove':
      return `unbond ${formatPlanck(operation.amount, token)}`;
    case 'withdraw':
      return 'withdraw what is unlocked';
    case 'nominate':
      return operation.validators.length === 0 ? 'nominate nobody' : `nominate ${operation.validators.join(', ')}`;
  }
}

function goingTo({ rewardsTo }: Extract<BondOperation, { readonly kind: 'add' }>): string {
  if (rewardsTo === undefined) return '';
  return `, rewards to ${typeof rewardsTo === 'object' ? rewardsTo.account : rewardsTo}`;
}
