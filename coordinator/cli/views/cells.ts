import type { HostState } from '../../../common/model/host.js';
import type { Health, InstanceState } from '../../../common/model/instance.js';
import type { Resources } from '../../../common/model/resources.js';
import { formatAge, formatBytes, formatCpu } from '../../../common/model/units.js';
import type { Cell, Tone } from '../output/view.js';

/** What stands in a cell that has nothing to say. */
export const NOTHING = '-';

const INSTANCE_TONES: Readonly<Record<InstanceState, Tone | undefined>> = {
  pending: 'warn',
  assigned: 'warn',
  preparing: 'warn',
  starting: 'warn',
  running: 'good',
  stopping: 'faint',
  stopped: 'faint',
  failed: 'bad',
  lost: 'bad',
};

const HEALTH_TONES: Readonly<Record<Health, Tone | undefined>> = {
  none: undefined,
  checking: 'warn',
  healthy: 'good',
  unhealthy: 'bad',
};

const HOST_TONES: Readonly<Record<HostState, Tone | undefined>> = {
  joining: 'warn',
  ready: 'good',
  suspect: 'warn',
  lost: 'bad',
  removed: 'faint',
};

/** A text in a tone; '-' when there is none. */
export function toned(text: string, tone: Tone | undefined): Cell {
  if (text === '') return NOTHING;
  return tone === undefined ? text : { text, tone };
}

/** An instance's state. */
export function stateCell(state: InstanceState): Cell {
  return toned(state, INSTANCE_TONES[state]);
}

/** An instance's health; '-' where no check is declared. */
export function healthCell(health: Health): Cell {
  return health === 'none' ? NOTHING : toned(health, HEALTH_TONES[health]);
}

interface HostStanding {
  readonly state: HostState;
  readonly cordoned: boolean;
  readonly draining: boolean;
  readonly conditions?: readonly unknown[];
}

function isAiling({ conditions = [] }: HostStanding): boolean {
  return conditions.length > 0;
}

/** A host's state with its flags, such as `ready,cordoned`. */
export function hostStateCell(host: HostStanding): Cell {
  const flag = host.draining ? ',draining' : host.cordoned ? ',cordoned' : isAiling(host) ? ',ailing' : '';
  return toned(`${host.state}${flag}`, flag === '' ? HOST_TONES[host.state] : 'warn');
}

/** Time since a moment, such as `5m10s`; '-' for one that never was. */
export function ageCell(atMs: number, nowMs: number): string {
  return atMs === 0 ? NOTHING : formatAge(nowMs - atMs);
}

/** A moment as ISO 8601 in UTC; '-' for one that never was. */
export function timeCell(atMs: number): string {
  return atMs === 0 ? NOTHING : new Date(atMs).toISOString();
}

/** Labels or environment as `a=1, b=2`. */
export function pairsCell(pairs: Readonly<Record<string, string>>): string {
  const texts = Object.entries(pairs).map(([key, value]) => `${key}=${value}`);
  return texts.length === 0 ? NOTHING : texts.join(', ');
}

/** Used of available with the share, such as `1.5/4 (38%)`; red from 95 %, yellow from 80 %. */
export function shareCell(used: number, of: number, print: (amount: number) => string): Cell {
  if (of === 0) return used === 0 ? NOTHING : print(used);
  const percent = Math.round((used / of) * 100);
  const tone = percent >= 95 ? 'bad' : percent >= 80 ? 'warn' : undefined;
  return toned(`${print(used)}/${print(of)} (${String(percent)}%)`, tone);
}

/** Facts of capacity: each resource's used of available. */
export function capacityFacts(used: Resources, of: Resources): (readonly [string, Cell])[] {
  return [
    ['cpu', shareCell(used.cpuMillis, of.cpuMillis, formatCpu)],
    ['memory', shareCell(used.memoryBytes, of.memoryBytes, formatBytes)],
    ['disk', shareCell(used.diskBytes, of.diskBytes, formatBytes)],
    ['gpus', shareCell(used.gpus, of.gpus, String)],
  ];
}
