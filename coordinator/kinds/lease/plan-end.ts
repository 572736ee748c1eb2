import { isEnded } from '../../../common/model/instance.js';
import type { InstanceRecord } from '../../../common/model/instance.js';
import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { LeaseReason } from '../../../common/model/lease-reasons.js';
import type { LeaseEffect, LeasePlan, LeaseView } from './lease-view.js';

/**
 * Decides how a lease that has ended goes on until nothing of it is left. Its instance has to end, which its agent reports only
 * once container, network and disk room are gone; then its ports have to be closed from outside. What is not done yet keeps the
 * lease as it is, with the reason. Pure.
 */
export function planEnd(view: LeaseView): LeasePlan {
  const { lease, nowMs, rules } = view;
  if (lease.state === 'released') {
    const isOld = nowMs - lease.releasedAtMs >= rules.keepMs;
    return { lease, effect: isOld ? 'forget' : 'none' };
  }
  const { instance } = view;
  if (instance === undefined) return released(view);
  if (instance.state === 'pending') return released(view);
  return isEnded(instance.state) ? afterInstance(view, instance) : stopping(view, instance);
}

function stopping(view: LeaseView, instance: InstanceRecord): LeasePlan {
  const { host } = view;
  if (host === undefined || host.state === 'removed')
    return waits(view, { reason: 'lease_host_removed', text: 'Its host was removed from the fleet.' }, 'lose');
  const effect = instance.state === 'stopping' ? 'none' : 'stop';
  if (host.state === 'ready')
    return waits(view, { reason: 'lease_ending', text: 'Its container is being ended.' }, effect);
  const text = `${host.name} is silent: what the lease holds there is freed once it is back.`;
  return waits(view, { reason: 'lease_end_waits', text }, effect);
}

function afterInstance(view: LeaseView, instance: InstanceRecord): LeasePlan {
  const { lease, host, isClosed } = view;
  // A host that is gone answers nobody, and an instance that had no ports had no way in.
  const isSilent = host === undefined || instance.state === 'lost' || lease.hostPorts.length === 0;
  if (isSilent || isClosed === true) return released(view);
  if (isClosed === undefined)
    return waits(view, { reason: 'lease_ending', text: 'Its container is gone; its ports are looked at.' }, 'look');
  const text = `Something still answers at a port that it had on ${host.name}.`;
  return waits(view, { reason: 'lease_port_open', text }, 'look');
}

function waits(
  { lease }: LeaseView,
  { reason, text }: { readonly reason: LeaseReason; readonly text: string },
  effect: LeaseEffect,
): LeasePlan {
  const same = lease.reason === reason && lease.text === text;
  return { lease: same ? lease : { ...lease, reason, text }, effect };
}

function released({ lease, nowMs }: LeaseView): LeasePlan {
  const end = lease.end ?? { reason: 'lease_released', text: '', atMs: nowMs };
  const done: LeaseRecord = {
    ...lease,
    ...{ state: 'released', reason: end.reason, text: end.text, atMs: nowMs },
    ...{ releasedAtMs: nowMs, serial: 0 },
  };
  return { lease: done, effect: 'free' };
}
