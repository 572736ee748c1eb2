import { isOneMachine } from '../../../common/model/fingerprint.js';
import type { HostRecord } from '../../../common/model/host.js';
import type { ChallengeType, VerdictHistory } from '../../../common/model/verdict.js';
import { gpusToProve } from '../asking.js';
import { dueOf } from './due.js';
import type { Chance, Due, DueReason } from './due.js';
import type { ScheduleSettings } from './settings.js';
import { siblingsAmong } from './siblings.js';
import type { AddressesOf } from './siblings.js';

/** All that decides who is challenged next. */
export interface ScheduleView {
  readonly hosts: readonly HostRecord[];
  readonly historiesOf: (hostId: string) => readonly VerdictHistory[];
  readonly addressesOf: AddressesOf;
  /** Whether a challenge of that type would find room there now. */
  readonly hasRoom: (hostId: string, type: ChallengeType) => boolean;
  /** Challenges under way, whoever asked for them. */
  readonly running: readonly { readonly hostId: string }[];
  readonly nowMs: number;
  readonly settings: ScheduleSettings;
  readonly chance: Chance;
}

/** Hosts that are to be asked the same at the same time; one alone where it has no siblings. */
export interface PlannedWindow {
  readonly type: ChallengeType;
  /** The one whose time has come is the first. */
  readonly hostIds: readonly string[];
  readonly why: DueReason;
  readonly text: string;
}

/** What is to be done now. */
export interface SchedulePlan {
  readonly windows: readonly PlannedWindow[];
  /** Whose time has come, but that have no room: noted as void, so that it is seen why, and asked again later. */
  readonly roomless: readonly { readonly hostId: string; readonly type: ChallengeType }[];
}

/** Why a host is not challenged by schedule at all, now. */
export type Bar = 'not_ready' | 'not_able' | 'taken_out' | 'quarantined';

/** What one machine behind two agents has but once. A line may be shared by honest ones, who would slow each other. */
const SWEPT: ReadonlySet<ChallengeType> = new Set(['cpu', 'memory', 'disk']);
/** A sibling by address alone that came to nothing so often in a row is not waited for, until it is its own turn. */
const MOST_VOIDS = 3;

const TEXTS: Readonly<Record<DueReason, string>> = {
  first: 'It has proven nothing of that yet.',
  confirm: 'It failed the last one, which may have been chance.',
  again: 'It is time, by chance.',
  retry: 'The last one came to nothing.',
};

/** Why a host is left alone; undefined where it may be asked. */
export function barOf(host: HostRecord): Bar | undefined {
  if (host.state !== 'ready') return 'not_ready';
  if (host.capabilities?.includes('challenge') !== true) return 'not_able';
  if (host.cordoned || host.draining) return 'taken_out';
  return host.verification?.quarantine === undefined ? undefined : 'quarantined';
}

/** Whom to challenge now. Pure; whoever has waited longest comes first, and waits for room for all of its siblings. */
export function planChallenges(view: ScheduleView): SchedulePlan {
  const { running, settings } = view;
  const hosts = view.hosts.filter((host) => barOf(host) === undefined);
  const siblings = siblingsAmong(hosts, view.addressesOf);
  const busy = new Set(running.map(({ hostId }) => hostId));
  const windows: PlannedWindow[] = [];
  const roomless: { readonly hostId: string; readonly type: ChallengeType }[] = [];
  let free = settings.mostAtOnce - running.length;
  for (const turn of turnsOf(view, hosts)) {
    if (free <= 0) break;
    if (busy.has(turn.host.id)) continue;
    if (!view.hasRoom(turn.host.id, turn.type)) {
      roomless.push({ hostId: turn.host.id, type: turn.type });
      busy.add(turn.host.id);
      continue;
    }
    const members = membersOf(view, turn, siblings.get(turn.host.id) ?? []);
    const isHeldUp = members.some((id) => busy.has(id));
    for (const id of members) busy.add(id);
    // Nothing new begins on any of them, so that their turn comes.
    if (isHeldUp) continue;
    if (members.length > free) break;
    free -= members.length;
    windows.push({ type: turn.type, hostIds: members, why: turn.why, text: textOf(turn, members.length) });
  }
  return { windows, roomless };
}

interface TurnOfHost extends Due {
  readonly host: HostRecord;
  readonly type: ChallengeType;
}

/** Everything that is due, the longest waiting first. */
function turnsOf(view: ScheduleView, hosts: readonly HostRecord[]): TurnOfHost[] {
  const { nowMs, settings, historiesOf, chance } = view;
  const turns = hosts.flatMap((host) => {
    const histories = historiesOf(host.id);
    // Of a host without GPUs there is nothing to be said every few minutes.
    const types = settings.types.filter((type) => type !== 'gpu' || gpusToProve(host).length > 0);
    return types.map((type) => {
      const history = histories.find((one) => one.type === type);
      return { host, type, ...dueOf({ host, type, history, settings, chance }) };
    });
  });
  return turns.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
}

/** The host, and of its siblings as many as may run at once, drawn anew each time so that all come together one day. */
function membersOf(view: ScheduleView, { host, type, atMs }: TurnOfHost, group: readonly HostRecord[]): string[] {
  if (!SWEPT.has(type)) return [host.id];
  const { settings, chance, hasRoom } = view;
  const isThere = (one: HostRecord): boolean => {
    if (one.id === host.id || !hasRoom(one.id, type)) return false;
    if (isOneMachine(host.description.fingerprint ?? [], one.description.fingerprint ?? [])) return true;
    const history = view.historiesOf(one.id).find((known) => known.type === type);
    return dueOf({ host: one, type, history, settings, chance }).voids < MOST_VOIDS;
  };
  const drawn = ({ id }: HostRecord): number => chance(`sweep ${host.id} ${String(atMs)} ${id}`);
  const others = group.filter(isThere).sort((a, b) => drawn(a) - drawn(b));
  return [host.id, ...others.slice(0, settings.mostAtOnce - 1).map(({ id }) => id)];
}

function textOf({ why }: TurnOfHost, members: number): string {
  const text = TEXTS[why];
  return members === 1 ? text : `${text} Asked together with ${String(members - 1)} that may be the same machine.`;
}
