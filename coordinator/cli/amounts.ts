import { HeadframeError } from '../../common/model/error.js';
import { formatPlanck, parsePlanck } from '../../common/model/token-amount.js';
import type { Invocation } from './invocation.js';

/** How a network's base token is written. */
export interface NetworkToken {
  readonly symbol: string;
  /** Undefined where the chain does not say or was not reached yet. */
  readonly decimals: number | undefined;
}

/** Of a network, as the coordinator knows it. Throws `HeadframeError` (not_found, 'network_not_found'). */
export async function tokenOf(call: Invocation, network: string): Promise<NetworkToken> {
  const { networks } = await call.connect();
  const response = await networks.getNetwork({ name: network }, call.callOptions);
  const { tokenSymbol = '', decimals } = response.network?.runtime ?? {};
  return { symbol: tokenSymbol, decimals };
}

/**
 * The amount that an option has, such as `1.5` or `1.5 TAO`, in the smallest unit as the wire has it. Throws `HeadframeError`
 * (invalid_argument, 'amount_invalid').
 */
export function planckIn(text: string, option: string, token: NetworkToken): string {
  const planck = parsePlanck(text, token);
  if (planck !== undefined) return String(planck);
  const { symbol, decimals } = token;
  const expected =
    decimals === undefined
      ? 'a number and "planck", such as "1500000000 planck": how many decimals the token has is not known'
      : `a number with at most ${String(decimals)} decimals${symbol === '' ? '' : `, in ${symbol}`}, or one and "planck"`;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'amount_invalid',
    message: `${option}: expected ${expected}`,
    violations: [{ path: option, value: text.slice(0, 80), expected }],
  });
}

/** An amount of the wire as people read it; '' for none. */
export function planckText(
  planck: string,
  { tokenSymbol: symbol, decimals }: { readonly tokenSymbol: string; readonly decimals?: number | undefined },
): string {
  return planck === '' ? '' : formatPlanck(BigInt(planck), { symbol, decimals });
}
