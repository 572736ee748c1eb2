import type { FleetMirror } from './fleet-mirror.js';
import { hrefOf } from './route.js';
import { standingOfHost, standingOfMiner } from './standing.js';
import type { Tone } from './standing.js';
import type { AlertsJson, MinerJson, StatusJson } from './wire.js';

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

/**
 * All that should be looked at: alarms, hosts that are not well, miners that are not as wanted, what alerts know beside, and targets
 * of alerts that take none; the worst first. Pure.
 */
export function concernsOf(
  fleet: Pick<FleetMirror, 'miners' | 'hosts'>,
  status: StatusJson | undefined,
  alerts?: AlertsJson,
): Concern[] {
  const seen = [...alarms(status), ...hostConcerns(fleet), ...minerConcerns(fleet)];
  const all = [...seen, ...alertConcerns(fleet, alerts, seen), ...targetConcerns(alerts)];
  return all.sort((a, b) => LOUDNESS.indexOf(a.tone) - LOUDNESS.indexOf(b.tone) || b.sinceMs - a.sinceMs);
}

/** What is told by how its host or miner stands. */
const SHOWN_ANYWAY = ['host_lost', 'miner_not_useful'];
const OVER = ['ALERT_STATE_CLEARED', 'ALERT_STATE_ENDING'];

/** What alerts know that is not shown already: certificates, proofs that are late, places on a chain. */
function alertConcerns(
  { hosts, miners }: Pick<FleetMirror, 'miners' | 'hosts'>,
  alerts: AlertsJson | undefined,
  seen: readonly Concern[],
): Concern[] {
  const isSeen = (key: string, reason: string): boolean =>
    seen.some((one) => one.key === key && (one.reason === reason || SHOWN_ANYWAY.includes(reason)));
  return (alerts?.alerts ?? []).flatMap(({ reason, about, text, severity, state, sinceMs }) => {
    const host = about.split(' ').find((word) => hosts.has(word));
    const [key, href] =
      host !== undefined
        ? [`host ${host}`, hrefOf('hosts', host)]
        : miners.has(about)
          ? [`miner ${about}`, hrefOf('miners', about)]
          : [`alarm ${reason}`, hrefOf('hosts')];
    if (OVER.includes(state) || isSeen(key, reason)) return [];
    const what = host === undefined ? about || 'Fleet' : (hosts.get(host)?.name ?? host);
    const tone: Tone = severity === 'SEVERITY_ERROR' ? 'bad' : 'warn';
    return [
      {
        ...{ key: `alert ${reason} ${about}`, what, href, tone, word: 'alert' },
        reason,
        text,
        sinceMs: Number(sinceMs),
      },
    ];
  });
}

/** Those who should be told, and are not. */
function targetConcerns(alerts: AlertsJson | undefined): Concern[] {
  return (alerts?.targets ?? [])
    .filter(({ failures }) => failures > 0)
    .map(({ name, reason, text }) => ({
      ...{ key: `target ${name}`, what: `Alerts by ${name}`, href: hrefOf('events'), tone: 'warn' as const },
      ...{ word: 'untold', reason, text, sinceMs: 0 },
    }));
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
    // One that is here may have been cordoned at any time.
    const silentSinceMs = host.state === 'HOST_STATE_READY' ? 0 : Number(host.lastSeenMs);
    if (condition === undefined) return [{ ...place, reason: host.reason, text: host.text, sinceMs: silentSinceMs }];
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
