import { placeOf } from '../../../../common/model/admission.js';
import type { MinerRecord } from '../../../../common/model/miner.js';

/** Something that an operator has to look at, since unix milliseconds. */
interface PlaceAlarm {
  readonly reason: 'deregistration_near';
  /** Name of the miner. */
  readonly about: string;
  readonly text: string;
  readonly sinceMs: number;
}

/** An alarm for each miner that is about to lose its place on its chain. Pure. */
export function placeAlarms(miners: Iterable<MinerRecord>): PlaceAlarm[] {
  const alarms: PlaceAlarm[] = [];
  for (const { spec, stopped, deleting, danger } of miners) {
    const chain = spec.module?.chain;
    if (danger === undefined || chain === undefined || stopped || deleting || danger.place !== placeOf(chain)) continue;
    const { network, netuid, wallet, hotkey } = chain;
    const who = `${spec.name}, ${wallet}/${hotkey} in subnet ${String(netuid)} of ${network}`;
    const text = `${who}: ${danger.text}`;
    alarms.push({ reason: 'deregistration_near', about: spec.name, text, sinceMs: danger.sinceMs });
  }
  return alarms;
}
