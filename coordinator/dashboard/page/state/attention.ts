import type { FleetMirror } from './fleet-mirror.js';
import { hrefOf } from './route.js';
import { standingOfHost, standingOfMiner } from './standing.js';
import type { Tone } from './standing.js';
import type { MinerJson, StatusJson } from './wire.js';

/** Something that an operator should look at, and why. */
export interface Concern {
  /** Unique among all. */
  readonly key: string;
  readonly what: string;
  readonly href: string;
  readonly tone: Tone;
  readonly word: string;
  readonly reason: string;
  readonly text: string;
  /** Unix milliseconds; 0 where nobody knows. */
  readonly sinceMs: number;
}

const LOUDNESS: readonly Tone[] = ['bad', 'warn', 'busy', 'idle', 'good'];

/** All that should be looked at: alarms, hosts that are not well, and miners that are not as wanted; the worst first. Pure. */
export function concernsOf(fleet: Pick<FleetMirror, 'miners' | 'hosts'>, status: StatusJson | undefined): Concern[] {
  const all = [...alarms(status), ...hostConcerns(fleet), ...minerConcerns(fleet)];
  return all.sort((a, b) => LOUDNESS.indexOf(a.tone) - LOUDNESS.indexOf(b.tone) || b.sinceMs - a.sinceMs);
}

function alarms(status: StatusJson | undefined): Concern[] {
  return (status?.alarms ?? []).map(({ reason, text, sinceMs }) => ({
    ...{ key: `alarm ${reason}`, what: 'Fleet', href: hrefOf('hosts'), tone: 'bad' as const, word: 'alarm' },
    ...{ reason, text, sinceMs: Number(sinceMs) },
  }));
}

function hostConcerns({ hosts }: Pick<FleetMirror, 'hosts'>): Concern[] {
  return [...hosts.values()].flatMap((host) => {
    const { word, tone } = standingOfHost(host);
    if (tone === 'good' || tone === 'busy') return [];
    const place = { key: `host ${host.id}`, what: host.name, href: hrefOf('hosts', host.id), tone, word };
    const [condition] = host.conditions;
    if (condition === undefined) return [{ ...place, reason: host.reason, text: host.text, sinceMs: 0 }];
    return [{ ...place, reason: condition.reason, text: condition.text, sinceMs: Number(condition.sinceMs) }];
  });
}

function minerConcerns({ miners }: Pick<FleetMirror, 'miners'>): Concern[] {
  return [...miners.values()].flatMap((miner) => {
    const { word, tone } = standingOfMiner(miner);
    if (miner.spec === undefined || (tone !== 'bad' && tone !== 'warn')) return [];
    const { name } = miner.spec;
    const { reason, text } = whyOf(miner);
    const sinceMs = Number(miner.why?.atMs ?? 0);
    return [{ key: `miner ${name}`, what: name, href: hrefOf('miners', name), tone, word, reason, text, sinceMs }];
  });
}

function whyOf({ quarantine, why, rollout }: MinerJson): { readonly reason: string; readonly text: string } {
  return quarantine ?? why ?? rollout?.why ?? { reason: '', text: '' };
}
