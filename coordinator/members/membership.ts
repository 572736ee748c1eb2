import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { MOST_MEMBERS, decodeMember, encodeMember } from './member.js';
import type { Member } from './member.js';
import type { MemberPlace } from './member-place.js';

/** What changes the list of coordinators works with. */
export interface MembershipParts {
  readonly place: MemberPlace;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Address of this coordinator, which leads. */
  readonly leader: string;
  /** Called with each change; what is told afterwards has it. */
  readonly changed: () => Promise<void>;
}

/** Others may write the same at the same time. */
const TRIES = 5;

/** Takes coordinators into a cluster and out of it, for the one that leads. */
export class Membership {
  readonly #parts: MembershipParts;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** Announces one that is to come. Throws as `decideAddition` says, and `HeadframeError` (unavailable) where nobody answers. */
  add(address: string): Promise<Member> {
    return this.#change(address, (members) => decideAddition(members, address, this.#parts.clock.nowMs()));
  }

  /** Takes one out. Throws as `decideRemoval` says, and `HeadframeError` (unavailable) where nobody answers. */
  remove(address: string): Promise<Member> {
    const { leader, clock } = this.#parts;
    return this.#change(address, (members) => decideRemoval(members, { address, leader }, clock.nowMs()));
  }

  async #change(address: string, decide: (members: readonly Member[]) => Member | HeadframeError): Promise<Member> {
    const { place, changed } = this.#parts;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = await place.read(address);
      const decided = decide((await place.list()).flatMap((text) => decodeMember(text) ?? []));
      if (decided instanceof HeadframeError) throw decided;
      if (!(await place.replace(address, encodeMember(decided), found?.revision ?? 0))) continue;
      await changed();
      return decided;
    }
    throw new HeadframeError({
      code: 'aborted',
      reason: 'coordinator_changing',
      message: `what is known of the coordinator at ${address} is being changed by others`,
      remedy: 'Try again.',
    });
  }
}

/** What a coordinator is to be that is announced, or why it may not be. Pure. */
export function decideAddition(members: readonly Member[], address: string, nowMs: number): Member | HeadframeError {
  const found = members.find((member) => member.address === address);
  if (found !== undefined && found.state !== 'removed') return known(address, found.state);
  if (found === undefined && members.length >= MOST_MEMBERS) return full();
  const nothing = { version: '', startedMs: 0, seenMs: 0 };
  return { ...nothing, ...found, address, state: 'expected', changedMs: nowMs };
}

/** What a coordinator is once it is taken out, or why it may not be. Pure. */
export function decideRemoval(
  members: readonly Member[],
  { address, leader }: { readonly address: string; readonly leader: string },
  nowMs: number,
): Member | HeadframeError {
  const found = members.find((member) => member.address === address);
  if (found === undefined) return unknown(members, address);
  if (address === leader) return leads(address);
  return found.state === 'removed' ? found : { ...found, state: 'removed', changedMs: nowMs };
}

function known(address: string, state: Member['state']): HeadframeError {
  const how = state === 'expected' ? 'announced, and has not started yet' : 'there';
  return new HeadframeError({
    code: 'already_exists',
    reason: 'coordinator_known',
    message: `the coordinator at ${address} is ${how}`,
    remedy: 'Nothing is to be done. Give another address for another one; headframe coordinator ls tells of all.',
    metadata: { address },
  });
}

function full(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'members_full',
    message: `${String(MOST_MEMBERS)} coordinators are known, those that were removed counted: as many as may be`,
    remedy: 'Use an address of one that was removed. Three or five coordinators are enough.',
  });
}

function unknown(members: readonly Member[], address: string): HeadframeError {
  const others = members.filter(({ state }) => state !== 'removed').map((member) => member.address);
  return new HeadframeError({
    code: 'not_found',
    reason: 'coordinator_unknown',
    message: `no coordinator at ${address} is known`,
    remedy: `Name one by the address that it tells the others: ${others.join(', ')}.`,
    metadata: { address },
  });
}

function leads(address: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'coordinator_leads',
    message: `the coordinator at ${address} leads`,
    remedy: 'Have it hand over first: headframe coordinator step-down, or headframe coordinator remove --step-down.',
    metadata: { address },
  });
}
