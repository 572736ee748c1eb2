import { HeadframeError } from '../../common/model/error.js';
import { REBOOT_CAPABILITY } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';
import { WINDOW_FORM, parseWindow } from './window.js';

type Patch = Partial<HostRecord>;

/** A host has no more windows than these. */
const MOST_WINDOWS = 16;

/**
 * Sets the windows of a host, none to clear them. A window under way ends by itself at once when it is no longer there.
 * Throws HeadframeError (invalid_argument, 'window_invalid') naming each that is none.
 */
export function withWindows(windows: readonly string[]): Patch {
  const violations = windows.flatMap((value, index) =>
    parseWindow(value) === undefined ? [{ path: `windows[${String(index)}]`, value, expected: WINDOW_FORM }] : [],
  );
  if (windows.length > MOST_WINDOWS)
    violations.push({ path: 'windows', value: String(windows.length), expected: `at most ${String(MOST_WINDOWS)}` });
  if (violations.length === 0) return { windows: windows.map((window) => window.trim()) };
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'window_invalid',
    message: violations
      .map(({ value }) => `${JSON.stringify(value.slice(0, 100))} is no maintenance window`)
      .join('; '),
    remedy: `Write ${WINDOW_FORM}.`,
    violations,
  });
}

/**
 * Asks for a reboot: the host waits for its turn. One that is under way already stays as it is. Throws HeadframeError
 * (failed_precondition): 'reboot_not_allowed' where the agent may not, 'host_not_connected' where there is none to do it.
 */
export function withReboot(host: HostRecord, atMs: number): Patch {
  if (host.state !== 'ready') throw notReady(host);
  if (host.capabilities?.includes(REBOOT_CAPABILITY) !== true) throw notAllowed(host);
  const { upkeep, cordoned, draining, description } = host;
  if (upkeep?.activity === 'reboot' && upkeep.step !== 'failed') return {};
  const text = 'Waits for its turn to reboot.';
  const queued = { activity: 'reboot', step: 'queued', text, sinceMs: atMs, untilMs: 0 } as const;
  return { upkeep: { ...queued, bootId: description.bootId, before: upkeep?.before ?? { cordoned, draining } } };
}

/** The operator's drain or cordon holds also when the work under way is over. */
export function keptAfterwards({ upkeep }: HostRecord, flags: Pick<HostRecord, 'cordoned' | 'draining'>): Patch {
  if (upkeep === undefined || upkeep.step === 'skipped') return {};
  return { upkeep: { ...upkeep, before: flags } };
}

/** The operator calls the work under way off: a reboot for good, a window until the next. */
export function calledOff({ upkeep }: HostRecord): Patch {
  if (upkeep === undefined) return {};
  if (upkeep.activity === 'reboot') return { upkeep: undefined };
  const before = { cordoned: false, draining: false };
  return { upkeep: { ...upkeep, step: 'skipped', text: 'Called off by an operator.', before } };
}

function notReady({ id, name, state }: HostRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'host_not_connected',
    message: `${name} is ${state}: no agent is there to reboot it`,
    remedy: `Wait until it is ready: headframe hosts show ${name}.`,
    metadata: { host: id },
  });
}

function notAllowed({ id, name }: HostRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'reboot_not_allowed',
    message: `the agent on ${name} is not allowed to reboot it`,
    remedy: 'Set reboot.allowed and reboot.command in the agent configuration there, and restart the agent.',
    metadata: { host: id },
  });
}
