import { BUILD_CAPABILITY, LEASE_CAPABILITY } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';

/** Capabilities that some instances ask of the agent that is to hold them. */
const ABILITIES = [BUILD_CAPABILITY, LEASE_CAPABILITY] as const;

/** One of them. */
export type Ability = (typeof ABILITIES)[number];

/** Those that a recorded host has. */
export function abilitiesOf({ capabilities = [] }: Pick<HostRecord, 'capabilities'>): readonly Ability[] {
  return ABILITIES.filter((ability) => capabilities.includes(ability));
}

/** What an instance asks of the agent that is to hold it, by what it runs; '' for nothing that some lack. */
export function abilityAsked(what: { readonly builds: boolean; readonly leases: boolean }): Ability | '' {
  if (what.leases) return LEASE_CAPABILITY;
  return what.builds ? BUILD_CAPABILITY : '';
}
