import { create } from '@bufbuild/protobuf';
import { HostSchema } from '../../../common/gen/headframe/v1/host_pb.js';
import type { Host } from '../../../common/gen/headframe/v1/host_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { confirm } from '../confirm.js';
import { WAIT_TIMEOUT } from '../exit-codes.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { listInstances } from '../lists.js';
import { usageError } from '../usage-error.js';
import { instanceFromWire } from '../../../common/wire/client.js';
import { openProgress } from '../wait/progress.js';
import { hostNamed } from './find-host.js';
import { printHostRow } from './host-views.js';

const DRAIN_POLL_MS = 500;

/** Options of `hosts rm`. */
export interface RemoveOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** Options of `hosts brake release`. */
export interface ReleaseOptions {
  readonly yes?: boolean;
}

/** `hosts label`. */
export async function labelHost(call: Invocation, host: string, labels: readonly string[]): Promise<void> {
  const change = parseLabels(labels);
  await printChanged(call, async () => {
    const { hosts } = await call.connect();
    return (await hosts.labelHost({ host, ...change }, call.callOptions)).host;
  });
}

/** `hosts cordon`. */
export async function cordonHost(call: Invocation, host: string, text: string): Promise<void> {
  await printChanged(call, async () => {
    const { hosts } = await call.connect();
    return (await hosts.cordonHost({ host, text }, call.callOptions)).host;
  });
}

/** `hosts uncordon`. */
export async function uncordonHost(call: Invocation, host: string): Promise<void> {
  await printChanged(call, async () => {
    const { hosts } = await call.connect();
    return (await hosts.uncordonHost({ host }, call.callOptions)).host;
  });
}

/** `hosts drain`. */
export async function drainHost(
  call: Invocation,
  host: string,
  { reason, wait, timeout }: WaitOptions & { readonly reason: string },
): Promise<void> {
  await printChanged(call, async () => {
    const { hosts } = await call.connect();
    return (await hosts.drainHost({ host, text: reason }, call.callOptions)).host;
  });
  if (wait !== true) return;
  await waitUntilEmpty(call, host, timeout);
  await call.printer.note(`host ${host} is empty`);
}

/** `hosts rm`. */
export async function removeHost(call: Invocation, name: string, { force = false, yes }: RemoveOptions): Promise<void> {
  const host = await hostNamed(call, name);
  const loss = force && host.instances > 0 ? ` and give up its ${String(host.instances)} instances` : '';
  await confirm(call.world, `Remove host ${host.name} (${host.id})${loss}`, yes);
  const { hosts } = await call.connect();
  await hosts.removeHost({ host: host.id, force }, call.callOptions);
  await call.printer.plain(
    () => ({ removed: host.id }),
    () => [{ kind: 'text', text: `host ${host.name} removed` }],
  );
}

/** `hosts brake release`. */
export async function releaseBrake(call: Invocation, { yes }: ReleaseOptions): Promise<void> {
  await confirm(call.world, 'Give up all silent hosts and replace what ran on them', yes);
  const { hosts } = await call.connect();
  const released = await hosts.releaseBrake({}, call.callOptions);
  await call.printer.plain(
    () => ({ givenUp: released.hosts }),
    () => [{ kind: 'text', text: `given up: ${released.hosts.join(', ')}` }],
  );
}

/** Splits `key=value` to set and `key-` to remove. Throws HeadframeError (invalid_argument, label_invalid). */
export function parseLabels(labels: readonly string[]): { set: Record<string, string>; remove: string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const label of labels) {
    const at = label.indexOf('=');
    if (at > 0) set[label.slice(0, at)] = label.slice(at + 1);
    else if (at < 0 && label.length > 1 && label.endsWith('-')) remove.push(label.slice(0, -1));
    else
      throw usageError('label_invalid', `${JSON.stringify(label)} is no label`, 'Write key=value, or key- to remove.');
  }
  return { set, remove };
}

async function printChanged(call: Invocation, make: () => Promise<Host | undefined>): Promise<void> {
  await printHostRow(call, (await make()) ?? create(HostSchema));
}

async function waitUntilEmpty(call: Invocation, name: string, timeoutMs: number): Promise<void> {
  const { clock } = call.world;
  const endMs = clock.monotonicMs() + timeoutMs;
  const progress = openProgress(call);
  try {
    let total = 0;
    for (;;) {
      const { id, instances } = await hostNamed(call, name);
      if (instances === 0) return;
      total = Math.max(total, instances);
      progress.showBelow([{ name, done: total - instances, total, text: 'moved away' }]);
      if (clock.monotonicMs() >= endMs) throw await notEmpty(call, { id, name, timeoutMs });
      await clock.sleep(DRAIN_POLL_MS, call.signal);
    }
  } finally {
    progress.close();
  }
}

async function notEmpty(
  call: Invocation,
  { id, name, timeoutMs }: { id: string; name: string; timeoutMs: number },
): Promise<HeadframeError> {
  const { instances } = await listInstances(call, { hostId: id });
  const left = instances
    .map(instanceFromWire)
    .map((one) => [one.id, `${one.state}: ${one.reason} ${one.text}`] as const);
  const lines = left.slice(0, 10).map(([instance, text]) => `  ${instance} ${text}`);
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: WAIT_TIMEOUT,
    message: [`waited ${String(timeoutMs / 1000)} s in vain for host ${name} to be empty; left:`, ...lines].join('\n'),
    remedy: 'The drain goes on. What has nowhere to go stays until there is room: see headframe miners ls -o wide.',
    metadata: Object.fromEntries(left),
  });
}
