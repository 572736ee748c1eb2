import { z } from 'zod';

/** So many coordinators may share a store, those that were removed counted. */
export const MOST_MEMBERS = 32;

const memberSchema = z.object({
  address: z.string().min(1).max(300),
  state: z.enum(['expected', 'member', 'removed']),
  version: z.string().max(100),
  startedMs: z.int(),
  seenMs: z.int(),
  changedMs: z.int(),
});

/** A coordinator of a cluster, as all of them know it. */
export interface Member {
  /** `host:port` at which agents and clients reach it, and its name among the others. */
  readonly address: string;
  /** `expected` until it has started for the first time; `removed` may stand by, and leads no more. */
  readonly state: 'expected' | 'member' | 'removed';
  /** Of Headframe, as it told last; empty before it has. */
  readonly version: string;
  /** When its process began, in unix milliseconds of its own clock; 0 before it has. */
  readonly startedMs: number;
  /** When it told last that it runs, likewise. */
  readonly seenMs: number;
  /** When it came to be in this state, in unix milliseconds of the clock of whoever changed it. */
  readonly changedMs: number;
}

/** What a coordinator tells of itself. */
export type MemberSelf = Pick<Member, 'address' | 'version' | 'startedMs'>;

/** The text of a member. */
export function encodeMember(member: Member): string {
  return JSON.stringify(member);
}

/** Reads the text of a member; undefined for what is none, such as one of a newer version. */
export function decodeMember(text: string): Member | undefined {
  try {
    return memberSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a coordinator that runs tells of itself; undefined where it was removed and has nothing to tell. Pure. */
export function announced(found: Member | undefined, self: MemberSelf, nowMs: number): Member | undefined {
  if (found?.state === 'removed') return undefined;
  const changedMs = found?.state === 'member' ? found.changedMs : nowMs;
  return { ...self, state: 'member', seenMs: nowMs, changedMs };
}

/** Where agents and clients may find a leader, in order. Pure. */
export function addressesOfMembers(members: readonly Member[]): string[] {
  return members.filter(({ state }) => state !== 'removed').map(({ address }) => address);
}
