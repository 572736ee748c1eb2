import type { HostRecord, HostUpkeep } from '../../common/model/host.js';

/** How hosts are worked on. */
export interface UpkeepOptions {
  /** Part of all hosts, 0 to 1, that may be rebooting at once; one always may. */
  readonly rebootShare: number;
  /** Longest time from the order to reboot until the host is back. */
  readonly rebootDeadlineMs: number;
}

/** All that decides what is done next. */
export interface UpkeepView {
  readonly hosts: readonly HostRecord[];
  /** Instances that live on a host. */
  readonly liveOn: (hostId: string) => number;
  /** Milliseconds until the last open window of a host closes; undefined while none is open. */
  readonly openForMs: (host: HostRecord) => number | undefined;
  readonly nowMs: number;
  readonly options: UpkeepOptions;
}

/** A change of a host, and what is told of it. */
export interface UpkeepChange {
  readonly hostId: string;
  readonly patch: Pick<HostRecord, 'upkeep'> & Partial<Pick<HostRecord, 'cordoned' | 'draining' | 'reason' | 'text'>>;
  /** Undefined when there is nothing to tell. */
  readonly event: { readonly reason: string; readonly text: string } | undefined;
}

/** The next changes of all hosts. Pure; called again until it has none. */
export function planUpkeep(view: UpkeepView): readonly UpkeepChange[] {
  const changes: UpkeepChange[] = [];
  for (const host of view.hosts) {
    const { upkeep } = host;
    const change = upkeep?.activity === 'reboot' ? planReboot(view, host, upkeep) : planWindow(view, host, upkeep);
    if (change !== undefined) changes.push(change);
  }
  return [...changes, ...admitReboots(view)];
}

/** Hosts whose reboots go before one that is asked for now, those under way included. */
export function rebootsAhead(hosts: readonly HostRecord[], hostId: string): number {
  return hosts.filter((host) => host.id !== hostId && (isRebooting(host) || isQueued(host))).length;
}

function isQueued({ upkeep }: HostRecord): boolean {
  return upkeep?.activity === 'reboot' && upkeep.step === 'queued';
}

/** One that failed counts, too: what keeps one host down would take the next ones with it. */
function isRebooting({ upkeep }: HostRecord): boolean {
  return upkeep?.activity === 'reboot' && upkeep.step !== 'queued';
}

/** Queued → draining, the longest waiting first, as far as the share of rebooting hosts allows. */
function admitReboots({ hosts, options, nowMs }: UpkeepView): UpkeepChange[] {
  const worked = hosts.filter(({ upkeep }) => upkeep !== undefined);
  const most = Math.max(1, Math.floor(options.rebootShare * hosts.length));
  const room = most - worked.filter(isRebooting).length;
  const queued = worked.flatMap((host) => (isQueued(host) && host.upkeep ? [{ host, upkeep: host.upkeep }] : []));
  queued.sort((a, b) => a.upkeep.sinceMs - b.upkeep.sinceMs);
  return queued.slice(0, Math.max(0, room)).map(({ host, upkeep }) => {
    const text = 'The host is emptied for its reboot.';
    return begin(host, { ...upkeep, step: 'draining', text, sinceMs: nowMs }, 'host_draining');
  });
}

function planReboot(view: UpkeepView, host: HostRecord, upkeep: HostUpkeep): UpkeepChange | undefined {
  const { nowMs, options } = view;
  const isBack = host.state === 'ready' && host.description.bootId !== upkeep.bootId;
  switch (upkeep.step) {
    case 'draining': {
      if (view.liveOn(host.id) > 0) return undefined;
      const text = 'The host is empty and reboots.';
      const untilMs = nowMs + options.rebootDeadlineMs;
      return told(host, { ...upkeep, step: 'rebooting', text, sinceMs: nowMs, untilMs }, 'reboot_ordered');
    }
    case 'rebooting': {
      if (isBack) return end(host, upkeep, 'rebooted', 'The host is back from its reboot.');
      const failure = host.conditions?.find(({ reason }) => reason === 'reboot_failed');
      if (failure !== undefined) return fail(host, upkeep, nowMs, { reason: 'reboot_failed', text: failure.text });
      if (nowMs < upkeep.untilMs) return undefined;
      const seconds = String(Math.round((nowMs - upkeep.sinceMs) / 1000));
      const text = `The host did not come back with a new boot within ${seconds} s. It stays drained.`;
      return fail(host, upkeep, nowMs, { reason: 'reboot_overdue', text });
    }
    default:
      return undefined; // queued ones are admitted together; a failed one is an operator's to look at
  }
}

function planWindow(view: UpkeepView, host: HostRecord, upkeep: HostUpkeep | undefined): UpkeepChange | undefined {
  const { nowMs } = view;
  const leftMs = view.openForMs(host);
  if (upkeep === undefined) {
    if (leftMs === undefined) return undefined;
    const before = { cordoned: host.cordoned, draining: host.draining };
    const text = 'Its maintenance window began: the host is emptied.';
    const times = { sinceMs: nowMs, untilMs: nowMs + leftMs };
    const window = { activity: 'window', step: 'draining', bootId: '', before, text, ...times } as const;
    return begin(host, window, 'maintenance_begun');
  }
  if (leftMs === undefined) {
    if (upkeep.step === 'skipped') return { hostId: host.id, patch: { upkeep: undefined }, event: undefined };
    return end(host, upkeep, 'maintenance_ended', 'Its maintenance window is over.');
  }
  if (upkeep.step !== 'draining' || view.liveOn(host.id) > 0) return undefined;
  const text = 'The host is empty and may be worked on.';
  return { hostId: host.id, patch: { upkeep: { ...upkeep, step: 'open', text } }, event: undefined };
}

function begin(host: HostRecord, upkeep: HostUpkeep, reason: string): UpkeepChange {
  const event = { reason, text: upkeep.text };
  return { hostId: host.id, patch: { upkeep, cordoned: true, draining: true, ...event }, event };
}

function told(host: HostRecord, upkeep: HostUpkeep, reason: string): UpkeepChange {
  const event = { reason, text: upkeep.text };
  return { hostId: host.id, patch: { upkeep, ...event }, event };
}

function fail(
  host: HostRecord,
  upkeep: HostUpkeep,
  nowMs: number,
  why: { readonly reason: string; readonly text: string },
): UpkeepChange {
  return told(host, { ...upkeep, step: 'failed', text: why.text, sinceMs: nowMs, untilMs: 0 }, why.reason);
}

/** The host stands again as it stood before. */
function end(host: HostRecord, { before }: HostUpkeep, reason: string, text: string): UpkeepChange {
  const event = { reason, text };
  return { hostId: host.id, patch: { upkeep: undefined, ...before, ...event }, event };
}
