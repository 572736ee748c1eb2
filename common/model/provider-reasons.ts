import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with machines and their providers. */
export const PROVIDER_REASONS = {
  machine_allocating: info('The machine is being made a host of the fleet.'),
  machine_active: info('The machine is a host of the fleet.'),
  machine_releasing: info('The machine is given back: what runs there for it ends first.'),
  machine_released: info('The machine was given back.'),
  machine_changed: info('Name, account or ports of the machine were changed.'),
  machine_host_gone: error(
    'The host of the machine is no longer in the fleet.',
    'Release the machine and ask for another one.',
  ),
  machine_held: info('The host is another machine already.'),
  machine_without_price: info('The host has no label price-per-epoch-usd, and a price limit was asked for.'),
  machine_too_dear: info('The host costs more than was asked for.'),
  machine_none_fits: warning(
    'No provider has a machine that fits.',
    'Ask for less, for a higher price or for fewer labels, or enrol more hosts: the message says what was in the way.',
  ),
  machine_not_found: error('There is no such machine.', 'It may have been released; list the machines.'),
  machine_in_use: error(
    'Miners of the machine are there.',
    'Delete them first, or release the machine with its miners.',
  ),
  machine_state_unfit: error(
    'The machine is in a state in which that is not done.',
    'Look at its state and reason, and wait until it is active or has failed.',
  ),
  provider_unknown: error(
    'There is no such provider, or it is not configured.',
    'Name one of those that providers of the coordinator configures; fleet is always there.',
  ),
  provider_failed: error(
    'A provider failed in a way that nobody has foreseen.',
    "Look at the coordinator's log, then try again.",
  ),
} as const satisfies Record<string, ReasonMeaning>;
