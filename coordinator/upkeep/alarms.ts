import type { HostRecord } from '../../common/model/host.js';

/** Something that an operator has to look at, since unix milliseconds. */
export interface UpkeepAlarm {
  readonly reason: 'reboot_overdue';
  /** Id of the host. */
  readonly about: string;
  readonly text: string;
  readonly sinceMs: number;
}

/** An alarm for each host that stays down after its reboot was ordered. */
export function upkeepAlarms(hosts: Iterable<HostRecord>): UpkeepAlarm[] {
  return [...hosts].flatMap(({ id, name, upkeep }) =>
    upkeep?.step === 'failed'
      ? [{ reason: 'reboot_overdue' as const, about: id, text: `${name}: ${upkeep.text}`, sinceMs: upkeep.sinceMs }]
      : [],
  );
}
