import type { CoordinatorConfig } from '../common/config/index.js';
import type { LeadingOthers } from './api/index.js';
import type { Fleet } from './fleet/index.js';
import type { Lead } from './leadership/index.js';
import { settingsForOther } from './members/index.js';

/** What leading others works with. */
export interface LeadingGround {
  readonly config: CoordinatorConfig;
  readonly fleet: Fleet;
}

/** What a coordinator does for those that share its store. */
export function leadingOthers(
  { stepDown, membership }: Pick<Lead, 'stepDown' | 'membership'>,
  { config, fleet }: LeadingGround,
): LeadingOthers {
  const tell = (reason: 'coordinator_added' | 'coordinator_removed', text: string): void => {
    fleet.transact((tx) => {
      tx.event({ subject: 'fleet', id: '', reason, text });
    });
  };
  return {
    stepDown,
    add: async (address) => {
      const member = await membership.add(address);
      tell('coordinator_added', `Announced at ${address}.`);
      return { member, settings: settingsForOther(config, address) };
    },
    remove: async (address) => {
      const member = await membership.remove(address);
      tell('coordinator_removed', `Removed: ${address}.`);
      return member;
    },
  };
}
