import { HeadframeError } from '../../../../common/model/error.js';

/** Something that this chain does not have, and no trying again will change it. */
export function chainLacks(network: string, what: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'chain_lacks',
    message: `the chain of the network ${network} has no ${what}`,
    remedy: `headframe networks show ${network} tells what it has.`,
    metadata: { network, class: 'never' },
  });
}
