import type { DryRun, Intent } from '../../common/gen/headframe/v1/intent_pb.js';
import type { IntentRecord } from '../../common/model/intent.js';
import { dryRunToWire, intentToWire } from '../../common/wire/client.js';
import type { ChainTokenView as TokenView } from '../../common/wire/client.js';
import { retryClass } from '../chain/index.js';
import type { PayRequest, Payer } from '../chain/index.js';
import type { HandlerParts } from './parts.js';

/** An intent on the wire, with what it waits for. */
export function intentView(
  { networks }: Pick<HandlerParts, 'networks'>,
  payer: Pick<Payer, 'whyOf'>,
  intent: IntentRecord,
): Intent {
  return intentToWire({ intent, why: payer.whyOf(intent), ...tokenOf(networks, intent.network) });
}

/** What would come of a request, on the wire. */
export function dryRunView(
  { networks }: Pick<HandlerParts, 'networks'>,
  { network, call, purpose }: PayRequest,
  { account, signer, real, refusal, ...run }: Awaited<ReturnType<Payer['dryRun']>>,
): DryRun {
  return dryRunToWire({
    ...{ network, call, purpose, ...run },
    ...{ signer: account.signer, signerFunds: signer, real: account.real, realFunds: real },
    refusal: refusal === undefined ? undefined : { error: refusal, ...retryClass(refusal) },
    ...tokenOf(networks, network),
  });
}

/** How a network's base token is written, which nobody knows of one that has gone. */
export function tokenOf(networks: HandlerParts['networks'], network: string): TokenView {
  const about = networks.connections().find((one) => one.network === network)?.standing.about;
  return {
    tokenSymbol: about?.tokenSymbol ?? '',
    ...(about?.decimals === undefined ? {} : { decimals: about.decimals }),
  };
}
