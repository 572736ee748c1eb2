import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { HeadframeError } from '../../../../common/model/error.js';
import { RETRY_CLASSES } from '../../../../common/model/intent.js';
import type { RetryClass } from '../../../../common/model/intent.js';
import * as network from '../../../../coordinator/chain/network/refusals.js';
import { chainLacks } from '../../../../coordinator/chain/network/readers/lacks.js';
import * as registration from '../../../../coordinator/chain/registration/refusals.js';
import * as stake from '../../../../coordinator/chain/stake/refusals.js';
import { findProgram } from '../../../../coordinator/kinds/module/profiles/find-entry.js';
import { roleUnusable } from '../../../../coordinator/kinds/module/registry/refusals.js';
import { sourceError } from '../../../../coordinator/kinds/module/source/index.js';

const DOCS = join(import.meta.dirname, '../../../../docs');
const DOCUMENTS = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(join(DOCS, name), 'utf8'))
  .join('');
const PLACE = { network: 'net', netuid: 77, hotkey: '5Hot' };
const TOKEN = { symbol: 'TAO', decimals: 9 };

/** What is asked for in vain, or goes wrong: the refusal, its reason and its class. */
const REFUSALS: readonly (readonly [string, HeadframeError, string, RetryClass])[] = [
  ['an unknown netuid', registration.subnetNotFound(PLACE), 'subnet_not_found', 'never'],
  ['a hotkey without a place', registration.notRegistered(PLACE), 'hotkey_not_registered', 'pruned'],
  [
    'stake on a hotkey that the chain does not know',
    stake.hotkeyNotRegistered('5Hot', 'hotkey'),
    'hotkey_not_registered',
    'pruned',
  ],
  ['stake below the minimum', stake.stakeBelowMinimum(2n, 1n, TOKEN), 'stake_below_minimum', 'amount'],
  ['more stake than there is', stake.stakeTooLow(1n, 2n, '5Hot'), 'stake_too_low', 'amount'],
  [
    'too little balance',
    stake.balanceTooLow({ free: 1n, amount: 2n, coldkey: '5Cold' }, TOKEN),
    'balance_too_low',
    'money',
  ],
  ['a price above the cap', registration.priceTooHigh('a place', 2n, 1n), 'price_above_highest', 'requote'],
  ['slippage above the cap', stake.slippageTooHigh(200, 100), 'slippage_too_high', 'requote'],
  ['a limit of the chain', registration.tooSoon('it', 9, 8), 'too_soon', 'wait_block'],
  ['a closed subnet', registration.registrationClosed(PLACE), 'registration_closed', 'wait_poll'],
  ['the root', registration.rootRefused(), 'root_network', 'never'],
  ['another coldkey’s hotkey', registration.hotkeyOfAnother(PLACE, '5Cold'), 'hotkey_of_another', 'never'],
  [
    'an endpoint that nobody reaches',
    registration.endpointUnreachable('x:1', 'refused'),
    'miner_unreachable',
    'wait_poll',
  ],
  ['an endpoint that is none', registration.endpointInvalid('ip', 'x', 'an address'), 'serving_invalid', 'never'],
  ['weights that are none', registration.weightsInvalid('weights', 'x', 'a number'), 'weights_invalid', 'never'],
  ['what the chain has not', chainLacks('net', 'subnets'), 'chain_lacks', 'never'],
  ['a chain that is away', network.chainAway('net', 'gone'), 'chain_away', 'wait_poll'],
  ['an answer that is late', network.chainSlow('stake', 15_000), 'chain_slow', 'wait_poll'],
  ['a chain that is asked too much', network.chainBusy('net', 256), 'chain_busy', 'wait_poll'],
  ['what the chain says no to', network.chainFailed('stake', new Error('no')), 'chain_failed', 'unknown'],
  ['another chain', network.endpointFault('wrong_chain', 'other'), 'wrong_chain', 'never'],
  ['a node that is silent', network.endpointFault('endpoint_silent', 'silent'), 'endpoint_silent', 'wait_poll'],
  ['a repository that is too large', sourceError('module_too_large', 'large'), 'module_too_large', 'never'],
  ['a repository with unsafe paths', sourceError('module_unreadable', 'paths'), 'module_unreadable', 'never'],
  [
    'a repository inside of a private network',
    sourceError('module_address_private', 'x'),
    'module_address_private',
    'never',
  ],
  ['a repository that is away', sourceError('module_origin_away', 'away'), 'module_origin_away', 'wait_poll'],
  ['a repository that takes too long', sourceError('module_too_slow', 'slow'), 'module_too_slow', 'wait_poll'],
  ['a role without a program', missingRole(), 'role_entry_missing', 'never'],
];

describe('what is refused of chains and modules', () => {
  for (const [what, { reason, remedy, metadata }, wanted, retry] of REFUSALS)
    it(`has its reason, its remedy and its class: ${what}`, () => {
      expect({ reason, class: metadata['class'] }).to.deep.equal({ reason: wanted, class: retry });
      expect(RETRY_CLASSES).to.include(retry);
      expect(remedy ?? '').to.not.equal('');
      expect(DOCUMENTS).to.contain(`\`${reason}\``);
    });
});

function missingRole(): HeadframeError {
  const outcome = findProgram('miner', ['miners.py'], []);
  if (!('mistake' in outcome)) throw new Error('there is no miner.py');
  return roleUnusable('miner', outcome.mistake);
}
