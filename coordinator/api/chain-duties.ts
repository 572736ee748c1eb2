import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import type { MinerSpec } from '../../common/model/miner.js';
import type { FleetReader } from '../fleet/port.js';

/**
 * Has the coordinator pay and speak for hotkeys by manifest only for those who may have it do so by a call. What a miner
 * does already, by somebody else's leave, may be applied again. Throws `HeadframeError` (permission_denied,
 * 'chain_duties_forbidden').
 */
export function requireChainDuties(
  { role, namespaces }: Pick<Caller, 'role' | 'namespaces'>,
  fleet: Pick<FleetReader, 'miner'>,
  specs: readonly MinerSpec[],
): void {
  if (namespaces === undefined && (role === 'admin' || role === 'operator')) return;
  const forbidden = specs.filter(({ name, module }) => {
    const chain = module?.chain;
    if (chain?.register === undefined && chain?.serve === undefined) return false;
    return !isDeepStrictEqual(chain, fleet.miner(name)?.spec.module?.chain);
  });
  if (forbidden.length === 0) return;
  throw new HeadframeError({
    ...{ code: 'permission_denied', reason: 'chain_duties_forbidden' },
    message: 'this identity may have nothing paid for, nor told to a chain',
    remedy: 'Leave out module.chain.register and module.chain.serve, or have an operator of the whole fleet apply it.',
    violations: forbidden.map(({ name }) => ({
      document: name,
      path: 'module.chain',
      expected: 'neither register nor serve',
    })),
  });
}
