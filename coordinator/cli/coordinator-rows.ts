import { CoordinatorMemberState, CoordinatorRole } from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import type {
  CoordinatorMember,
  GetCoordinatorResponse,
} from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { HeadframeError } from '../../common/model/error.js';
import { formatAge } from '../../common/model/units.js';
import { transportText } from './client.js';
import { TOO_OLD_MS } from './views/coordinators.js';
import type { CoordinatorRow } from './views/coordinators.js';

/** What came of asking one coordinator how it stands. */
export type AskedCoordinator =
  | { readonly address: string; readonly answer: GetCoordinatorResponse }
  | { readonly address: string; readonly error: HeadframeError };

/** Whoever was heard of by the others within this time runs, though it does not answer here; in milliseconds. */
const FRESH_MS = 60_000;

const UNKNOWN = { advertised: '', leader: '', cluster: '', version: '', epoch: 0, sinceMs: 0, seenMs: 0 } as const;

/** Whom these name beside themselves: the one that leads, and all that share its store. Pure. */
export function othersNamed(asked: readonly AskedCoordinator[]): string[] {
  const known = new Set(asked.flatMap((one) => ('answer' in one ? [one.address, one.answer.address] : [one.address])));
  const members = membersOf(asked).map(({ address }) => address);
  return [...new Set([...leadersOf(asked), ...members])].filter((address) => !known.has(address));
}

/** The rows for coordinators that were asked, of which `named` are to be shown whatever they are. Pure. */
export function coordinatorRows(
  asked: readonly AskedCoordinator[],
  named: readonly string[],
  nowMs: number,
): CoordinatorRow[] {
  const members = new Map(membersOf(asked).map((member) => [member.address, member]));
  return asked.flatMap((one) => {
    const member = members.get('answer' in one ? one.answer.address : one.address);
    if ('answer' in one) return [answeredRow(one.address, one.answer, member)];
    // Whoever was removed and has ended is nobody's concern any more.
    if (isRemoved(member) && !named.includes(one.address)) return [];
    return [silentRow(one, member, nowMs)];
  });
}

/** Why a coordinator does not answer, in words for people. Pure. */
export function awayText({ code, reason, message }: Pick<HeadframeError, 'code' | 'reason' | 'message'>): string {
  if (code === 'deadline_exceeded') return 'no answer in time';
  if (code === 'unauthenticated') return 'it does not take this identity';
  if (code !== 'unavailable' || reason !== 'unavailable') return message;
  const text = transportText(message);
  return TRANSPORT.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}

const TRANSPORT: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nothing listens there'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution/, 'its name is not known'],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/, 'its machine cannot be reached'],
  [/ECONNRESET|EPIPE|socket hang up|goaway|connection closed/i, 'it hangs up'],
];

function answeredRow(
  address: string,
  answer: GetCoordinatorResponse,
  member: CoordinatorMember | undefined,
): CoordinatorRow {
  const { version, cluster } = answer;
  const role = answer.role === CoordinatorRole.FOLLOWER ? 'follower' : 'leader';
  const isOut = answer.hindranceReason === 'coordinator_removed' || (isRemoved(member) && role === 'follower');
  return {
    ...{ address, version, cluster, advertised: answer.address, leader: answer.leaderAddress },
    ...{ role: isOut ? 'removed' : role, text: answer.hindranceText || behindText(answer) },
    ...followed(answer),
    ...{ epoch: Number(answer.epoch), sinceMs: Number(answer.sinceMs), seenMs: Number(member?.seenMs ?? 0) },
  };
}

/** How far a follower is behind, where it says so. */
function followed({
  ageMs,
  revisionsBehind,
}: GetCoordinatorResponse): Pick<CoordinatorRow, 'ageMs' | 'revisionsBehind'> {
  return ageMs === undefined ? {} : { ageMs: Number(ageMs), revisionsBehind: Number(revisionsBehind) };
}

/** What is wrong with what a follower knows. */
function behindText({ ageMs, revisionsBehind }: GetCoordinatorResponse): string {
  if (ageMs === undefined || ageMs <= TOO_OLD_MS) return '';
  const lacks = revisionsBehind === 0n ? 'it cannot ask the leader' : `it lacks ${String(revisionsBehind)} revisions`;
  return `too far behind to answer itself: ${lacks}`;
}

function silentRow(
  { address, error }: Extract<AskedCoordinator, { readonly error: HeadframeError }>,
  member: CoordinatorMember | undefined,
  nowMs: number,
): CoordinatorRow {
  const known = { version: member?.version ?? '', seenMs: Number(member?.seenMs ?? 0) };
  const row = { ...UNKNOWN, ...known, address, advertised: member?.address ?? '' };
  // Whom it cannot know without the fleet it tells no more than this.
  if (error.reason === 'not_leader')
    return { ...row, role: 'follower', leader: error.metadata['leader'] ?? '', text: '' };
  if (member?.state === CoordinatorMemberState.EXPECTED)
    return { ...row, role: 'expected', text: `it has not started yet: ${awayText(error)}` };
  return { ...row, role: 'away', text: awayText(error) + heardText(known.seenMs, nowMs) };
}

/** What the others know of it tells a cut network from a coordinator that has ended. */
function heardText(seenMs: number, nowMs: number): string {
  if (seenMs === 0 || nowMs - seenMs > FRESH_MS) return '';
  return `; the others have heard of it ${formatAge(nowMs - seenMs)} ago`;
}

/** The leader knows best. */
function membersOf(asked: readonly AskedCoordinator[]): readonly CoordinatorMember[] {
  const answers = asked.flatMap((one) => ('answer' in one ? [one.answer] : []));
  const leader = answers.find(({ role }) => role !== CoordinatorRole.FOLLOWER);
  const lists = [leader, ...answers].map((answer) => answer?.members ?? []);
  return lists.find(({ length }) => length > 0) ?? [];
}

function leadersOf(asked: readonly AskedCoordinator[]): string[] {
  const leaders = asked.map((one) =>
    'answer' in one ? one.answer.leaderAddress : (one.error.metadata['leader'] ?? ''),
  );
  return leaders.filter((leader) => leader !== '');
}

function isRemoved(member: CoordinatorMember | undefined): boolean {
  return member?.state === CoordinatorMemberState.REMOVED;
}
