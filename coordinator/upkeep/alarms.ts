import type { HostRecord } from '../../common/model/host.js';

/** Something that an operator has to look at, since unix milliseconds. */
export interface UpkeepAlarm {
  readonly reason: 'reboot_overdue';
  readonly text: string;
  readonly sinceMs: number;
}

/** An alarm for each host that stays down after its reboot was ordered. */
export function upkeepAlarms(hosts: Iterable<HostRecord>): UpkeepAlarm[] {
  return [...hosts].flatMap(({ name, upkeep }) =>
    upkeep?.step === 'failed'
      ? [{ reason: 'reboot_overdue' as const, text: `${name}: ${upkeep.text}`, sinceMs: upkeep.sinceMs }]
      : [],
  );
}
