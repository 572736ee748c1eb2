import type { HeadframeError } from '../../common/model/error.js';
import type { MemberRegister, Membership } from '../members/index.js';
import type { LeaseHolder } from './lease-entry.js';
import { notLeader } from './not-leader.js';

/** What a coordinator that leads others has from the contest. */
export interface Lead {
  /** Name of those that share its store. */
  readonly cluster: string;
  /** Where it is reached. */
  readonly address: string;
  /** Whether it may act at this moment; after a no never again. */
  readonly held: () => boolean;
  /** Who leads as far as is known. */
  readonly leader: () => LeaseHolder | undefined;
  /** Has it hand over. */
  readonly stepDown: () => void;
  /** Those that share the store. */
  readonly register: Pick<MemberRegister, 'members' | 'addresses'>;
  /** Changes who they are. */
  readonly membership: Pick<Membership, 'add' | 'remove'>;
}

/** Why nothing may be answered, changed or told by a coordinator any more; undefined while it may. */
export type Refusal = () => HeadframeError | undefined;

/** The refusal of a coordinator that leads; undefined for one that has its store for itself, which is asked nothing. */
export function refusalOf(lead: Lead | undefined): Refusal | undefined {
  return lead && (() => (lead.held() ? undefined : notLeader(lead.leader()?.address)));
}
