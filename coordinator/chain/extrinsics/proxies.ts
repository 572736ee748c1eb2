import type { ApiPromise } from '@polkadot/api';
import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import type { ChainCall } from '../../../common/model/intent.js';

/** In whose name a call is made, and as what kind of proxy. */
export interface Proxied {
  readonly real: string;
  /** Undefined leaves it to the chain, which takes the first of several. */
  readonly type: string | undefined;
}

/** What Subtensor's narrow kinds of proxies let through; older runtimes have fewer of these calls. */
const COVERED: ReadonlyMap<string, readonly string[]> = new Map([
  ['Registration', ['burnedRegister', 'register', 'registerLimit']],
  [
    'Staking',
    [
      ...['addStake', 'addStakeLimit', 'removeStake', 'removeStakeLimit', 'removeStakeFullLimit'],
      ...['unstakeAll', 'unstakeAllAlpha', 'moveStake', 'swapStake', 'swapStakeLimit'],
    ],
  ],
]);
/** Kinds that let many calls through, the widest first. */
const WIDE = ['Any', 'NonTransfer', 'NonCritical'];

/** As which of the kinds that were granted a call is made. A chain that is not told takes the first, which may refuse it. */
export function proxyTypeFor({ pallet, method }: ChainCall, granted: readonly string[]): string | undefined {
  return granted.find((type) => isCovered(type, pallet, method)) ?? WIDE.find((type) => granted.includes(type));
}

/** On chains with the pallet Staking the kind of that name lets all of its calls through. */
function isCovered(type: string, pallet: string, method: string): boolean {
  if (pallet === 'staking') return type === 'Staking';
  return pallet === 'subtensorModule' && COVERED.get(type)?.includes(method) === true;
}

/** Throws `HeadframeError` (failed_precondition, 'proxy_missing') where the account has not let the key act for it. */
export async function proxiedBy(
  api: ApiPromise,
  call: ChainCall,
  { real, signer }: { readonly real: string; readonly signer: string },
): Promise<Proxied> {
  const granted = await grantedTo(api, real, signer);
  if (granted?.length === 0) throw proxyMissing(real, signer);
  return { real, type: proxyTypeFor(call, granted ?? []) };
}

const grantsSchema = z.tuple([
  z.array(z.object({ delegate: z.string(), proxyType: z.unknown(), delay: z.number() })),
  z.unknown(),
]);

/** Kinds of proxies that act at once; undefined where the chain has no proxies, as building the call then says. */
async function grantedTo(api: ApiPromise, real: string, signer: string): Promise<readonly string[] | undefined> {
  const entry = api.query['proxy']?.['proxies'];
  if (entry === undefined) return undefined;
  const [grants] = grantsSchema.parse((await entry(real)).toJSON());
  const own = api.registry.createType('AccountId', signer).toString();
  return grants
    .filter(({ delegate, delay }) => delegate === own && delay === 0)
    .map(({ proxyType }) => (typeof proxyType === 'string' ? proxyType : ''));
}

function proxyMissing(real: string, signer: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'proxy_missing',
    message: `the account ${real} has not let ${signer} act for it at once`,
    remedy: `Its owner calls proxy.addProxy(${signer}, TYPE, 0), once for each type, such as Registration and Staking.`,
    metadata: { class: 'never', real, signer },
  });
}
