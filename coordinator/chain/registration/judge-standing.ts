import type { IntentRecord } from '../../../common/model/intent.js';
import type { Probe } from './probe.js';
import type { HotkeyStanding } from './read-standing.js';
import type { Place } from './refusals.js';

/** Whether a hotkey has its place, and if not, whether it ever had one. */
export type HotkeyState = 'registered' | 'dark' | 'pruned' | 'unregistered';

/** A state, and by what it is known. */
export interface JudgedStanding {
  readonly state: HotkeyState;
  readonly text: string;
}

/**
 * Tells one that lost its place from one that has it and does not answer, and from one that never had it. `probe` is undefined
 * where none was made. Pure.
 */
export function judgeStanding(
  { uid, axon }: Pick<HotkeyStanding, 'uid' | 'axon'>,
  probe: Probe | undefined,
  hadPlace: boolean,
): JudgedStanding {
  if (uid !== undefined) {
    if (probe?.answers === false) return { state: 'dark', text: `its endpoint takes no connections: ${probe.why}` };
    const answers = probe === undefined ? '' : ', and its endpoint takes connections';
    return { state: 'registered', text: `it has its place${answers}` };
  }
  if (hadPlace) return { state: 'pruned', text: 'Headframe registered it, and it has no place any more' };
  if (axon !== undefined)
    return { state: 'pruned', text: `the chain still has its endpoint, told at block ${String(axon.block)}` };
  return { state: 'unregistered', text: 'it has no place, and nothing tells that it ever had one' };
}

/** Whether a hotkey was registered by one of these intents, all of which are kept for a time alone. Pure. */
export function wasRegistered(
  intents: Iterable<Pick<IntentRecord, 'network' | 'state' | 'effect'>>,
  { network, netuid, hotkey }: Place,
): boolean {
  for (const intent of intents) {
    const { effect } = intent;
    if (intent.network !== network || intent.state !== 'finalised') continue;
    if (effect?.item === 'uids' && effect.keys[0] === netuid && effect.keys[1] === hotkey) return true;
  }
  return false;
}
