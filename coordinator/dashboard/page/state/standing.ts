import { shortName } from './wire.js';
import type { HostJson, InstanceJson, MinerJson } from './wire.js';

/** How loud something is said. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle';

/** A word for how something stands, and how loud. */
export interface Standing {
  readonly word: string;
  readonly tone: Tone;
}

const INSTANCE_TONES: Readonly<Record<string, Tone>> = {
  pending: 'warn',
  assigned: 'busy',
  preparing: 'busy',
  starting: 'busy',
  running: 'good',
  stopping: 'busy',
  stopped: 'idle',
  failed: 'bad',
  lost: 'bad',
};
const HOST_TONES: Readonly<Record<string, Tone>> = { joining: 'busy', ready: 'good', suspect: 'warn', lost: 'bad' };

const ENDED = ['INSTANCE_STATE_STOPPED', 'INSTANCE_STATE_FAILED', 'INSTANCE_STATE_LOST'];

/** Whether an instance is over; it is kept for a while, so that its log and why can be read. Pure. */
export function isOver({ state }: Pick<InstanceJson, 'state'>): boolean {
  return ENDED.includes(state);
}

/** How an instance stands; its health, where it is checked, says more than that it runs. Pure. */
export function standingOfInstance({ state, health }: Pick<InstanceJson, 'state' | 'health'>): Standing {
  const word = shortName(state, 'INSTANCE_STATE_');
  if (word === 'running' && health === 'HEALTH_UNHEALTHY') return { word: 'unhealthy', tone: 'bad' };
  if (word === 'running' && health === 'HEALTH_CHECKING') return { word: 'checking', tone: 'busy' };
  return { word, tone: INSTANCE_TONES[word] ?? 'idle' };
}

/** How a host stands. Pure. */
export function standingOfHost({ state, cordoned, draining, conditions }: HostJson): Standing {
  const word = shortName(state, 'HOST_STATE_');
  if (word !== 'ready') return { word, tone: HOST_TONES[word] ?? 'idle' };
  if (conditions.length > 0) return { word: 'ailing', tone: 'warn' };
  if (draining) return { word: 'draining', tone: 'warn' };
  if (cordoned) return { word: 'cordoned', tone: 'warn' };
  return { word, tone: 'good' };
}

/** How a miner stands. Pure. */
export function standingOfMiner(miner: MinerJson): Standing {
  const { stopped, deleting, quarantine } = miner;
  if (deleting) return { word: 'deleting', tone: 'busy' };
  if (quarantine !== undefined) return { word: 'quarantined', tone: 'bad' };
  return stopped ? { word: 'stopped', tone: 'idle' } : standingOfWanted(miner);
}

const NO_COUNTS = { desired: 0, pending: 0, starting: 0, running: 0, healthy: 0, stopping: 0, completed: 0 };
const ROLLOUTS: Readonly<Record<string, Standing>> = {
  ROLLOUT_STATE_FAILED: { word: 'rollout failed', tone: 'bad' },
  ROLLOUT_STATE_PAUSED: { word: 'paused', tone: 'warn' },
};

/** Of one whose instances are wanted. */
function standingOfWanted({ counts = NO_COUNTS, rollout }: MinerJson): Standing {
  const { desired, running, pending, completed } = counts;
  if (pending > 0) return { word: 'waiting', tone: 'warn' };
  const halted = ROLLOUTS[rollout?.state ?? ''];
  if (halted !== undefined) return halted;
  if (running + completed < desired) return { word: 'starting', tone: 'busy' };
  if (completed > 0 && running === 0) return { word: 'completed', tone: 'idle' };
  const isRolling = rollout?.state === 'ROLLOUT_STATE_PROGRESSING';
  return isRolling ? { word: 'updating', tone: 'busy' } : { word: 'running', tone: 'good' };
}
