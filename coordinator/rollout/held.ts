import { placeOf } from '../../common/model/admission.js';
import type { AdmissionRecord } from '../../common/model/admission.js';
import type { Why } from '../../common/model/event.js';
import type { MinerRecord } from '../../common/model/miner.js';

/**
 * Why nothing is made for a miner by what it does on a chain; undefined where that holds nothing back. One that neither is
 * registered by Headframe nor wants stake runs whatever its chain says.
 */
export function heldBack({ spec, admission, updatedAtMs }: MinerRecord): AdmissionRecord | undefined {
  const chain = spec.module?.chain;
  if (chain === undefined || (chain.register === undefined && chain.leastStake === '0')) return undefined;
  const place = placeOf(chain);
  if (admission?.place === place) return admission.state === 'admitted' ? undefined : admission;
  const text = 'Its chain has not been asked yet.';
  return { place, state: 'held', reason: 'duties_pending', text, atMs: updatedAtMs };
}

/** What a miner that runs still has to do on its chain, lacks there, or is about to lose. */
export function dutyWhy({ spec, admission, danger }: MinerRecord): Why | undefined {
  const chain = spec.module?.chain;
  if (chain === undefined || admission === undefined) return undefined;
  if (admission.reason !== 'duties_done') {
    const { reason, text, atMs } = admission;
    return { reason, text, atMs, filters: [] };
  }
  if (danger?.place !== placeOf(chain)) return undefined;
  return { reason: 'deregistration_near', text: danger.text, atMs: danger.sinceMs, filters: [] };
}
