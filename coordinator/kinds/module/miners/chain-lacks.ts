import type { ModuleChain } from '../../../../common/model/module-spec.js';
import type { Capabilities } from '../../../chain/port.js';
import type { Problem } from './problem.js';

type Kind = Capabilities['kind'];

const WHAT: Readonly<Record<Exclude<Kind, 'subtensor'>, string>> = {
  subspace: 'has those of Commune alone, which Headframe does not call',
  frame: 'has no subnets: plain Substrate',
};

/**
 * What a miner is to have done on a chain that does not have it, or not in a way that Headframe knows: better said before it is
 * applied than waited for. Nothing is said of a chain that was never connected. Pure.
 */
export function lackedDuties(chain: ModuleChain, kind: Kind | undefined): Problem[] {
  if (kind === undefined || kind === 'subtensor') return [];
  const { network, register, serve, leastStake } = chain;
  const wanted: readonly (readonly [field: string, isWanted: boolean, what: string])[] = [
    ['register', register !== undefined, 'registrations of hotkeys'],
    ['leastStake', leastStake !== '0', 'stake on hotkeys'],
    ['serve', serve !== undefined, 'endpoints of hotkeys'],
  ];
  return wanted.flatMap(([field, isWanted, what]): Problem[] =>
    isWanted
      ? [
          {
            ...{ reason: 'chain_lacks', path: `module.chain.${field}`, value: network },
            expected: `a network with ${what}; the chain of ${network} ${WHAT[kind]}`,
            remedy: `Leave it out to run on ${network} without, or name another network: headframe networks show ${network} tells what it has.`,
          },
        ]
      : [],
  );
}
