import type { Alarm } from '../../coordinator/alarms.js';
import type { AlertTarget } from '../../coordinator/alerts/target.js';
import type { Delivery } from '../../coordinator/alerts/plan.js';

/** That a host is lost. */
export function sampleAlarm(about = 'host-1', patch: Partial<Alarm> = {}): Alarm {
  return { reason: 'host_lost', about, text: `${about}: gone`, sinceMs: 0, ...patch };
}

/** A target that writes down what it is told, and takes it as long as it is well. */
export class FakeTarget implements AlertTarget {
  readonly name: string;
  readonly where = 'here';
  /** `<state> <reason> <about>` of all that it was told, taken or not. */
  readonly heard: string[] = [];
  readonly ids: string[] = [];
  isWell = true;

  constructor(name = 'fake') {
    this.name = name;
  }

  tell: AlertTarget['tell'] = (notices) => {
    for (const { id, state, reason, about } of notices) {
      this.heard.push(`${state} ${reason} ${about}`);
      this.ids.push(id);
    }
    const failed: Delivery = { kind: 'failed', reason: 'alert_unreachable', text: 'no answer' };
    return Promise.resolve(this.isWell ? { kind: 'taken' } : failed);
  };
}
