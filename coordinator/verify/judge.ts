import { TILE_BYTES } from '../../common/challenge/gemm.js';
import { NODE_BYTES } from '../../common/challenge/label.js';
import type { GpuParameters } from '../../common/challenge/parameters.js';
import type { VerdictOutcome } from '../../common/model/verdict.js';
import { contradictionOf, isHeldBack } from './contradiction.js';
import type { ReferenceRates } from './rates.js';
import type { Seen } from './seen.js';
import { commitDeadlineMs, gpuGibs, openDeadlineMs } from './rates.js';

/** What comes of it. */
export interface Judgement {
  readonly outcome: VerdictOutcome;
  readonly reason: string;
  readonly text: string;
  /** Argon2 steps per second, bytes, or bytes per second; 0 unless passed. */
  readonly units: number;
}

const MOST_NAMES = 8;
const NOT_CONTAINED = ' It was not inside a container with the limits that are claimed.';

/** Judges a challenge by what was seen, and nothing else: a wrong proof first, then lateness, then what cannot be so. */
export function judge(seen: Seen, rates: ReferenceRates): Judgement {
  const { fault } = seen;
  if (fault !== undefined) return failed(fault.reason, sentence(fault.text));
  const late = latenessOf(seen, rates);
  if (late !== undefined)
    return isHeldBack(seen)
      ? failed('challenge_limits_wrong', heldBackText(late, seen))
      : failed('challenge_late', late);
  const contradiction = contradictionOf(seen);
  if (contradiction !== undefined) return failed(contradiction.reason, sentence(contradiction.text));
  const text = `${measured(seen)}${seen.parameters.type === 'network' || seen.isContained ? '' : NOT_CONTAINED}`;
  return { outcome: 'passed', reason: 'challenge_passed', text, units: unitsOf(seen) };
}

/** Of a challenge that came to no end, as nobody's fault. */
export function voided(reason: string, text: string): Judgement {
  return { outcome: 'void', reason, text: sentence(text), units: 0 };
}

/** Of a challenge that the host itself ended, or answered so that nothing else of it counts. */
export function failed(reason: string, text: string): Judgement {
  return { outcome: 'failed', reason, text: sentence(text), units: 0 };
}

function latenessOf({ parameters, commitMs, openMs }: Seen, rates: ReferenceRates): string | undefined {
  const [commitMost, openMost] = [commitDeadlineMs(parameters, rates), openDeadlineMs(parameters, rates)];
  if (commitMs > commitMost)
    return `It committed after ${seconds(commitMs)}, where ${seconds(commitMost)} are the most.`;
  if (openMs > openMost) return `It opened after ${seconds(openMs)}, where ${seconds(openMost)} are the most.`;
  return undefined;
}

function heldBackText(late: string, { cgroup }: Seen): string {
  return `${late} The kernel held its threads back for ${seconds(cgroup?.throttledMs ?? 0)}.`;
}

function unitsOf(seen: Seen): number {
  const { parameters, commitMs, network } = seen;
  switch (parameters.type) {
    case 'cpu':
      return (1000 * parameters.chains * parameters.steps) / Math.max(commitMs, 1);
    case 'memory':
      return parameters.memoryKib * 1024;
    case 'disk':
      return parameters.nodes * NODE_BYTES;
    case 'network':
      return Math.min(rateOf(parameters.downBytes, network?.downMs), rateOf(parameters.upBytes, network?.upMs));
    case 'gpu':
      return parameters.devices.reduce((bytes, { tiles }) => bytes + tiles * TILE_BYTES, 0);
  }
}

function rateOf(bytes: number, ms: number | undefined): number {
  return (1000 * bytes) / Math.max(ms ?? 0, 1);
}

function measured(seen: Seen): string {
  const { parameters, commitMs, openMs, network, wasRemade } = seen;
  const units = unitsOf(seen);
  switch (parameters.type) {
    case 'cpu':
      return `${units.toFixed(2)} steps of ${String(parameters.memoryKib)} KiB a second by ${String(parameters.chains)} chains.`;
    case 'memory':
      return `${String(units)} bytes filled in ${seconds(commitMs)}${wasRemade === true ? '; the tag was made again' : ''}.`;
    case 'disk':
      return parameters.stage === 'plot'
        ? `A label of ${String(units)} bytes, made in ${seconds(commitMs)}.`
        : `${String(parameters.reads)} reads of 64 KiB, one after the other, in ${seconds(openMs)}.`;
    case 'network':
      return `${Math.round(units).toString()} bytes a second, echoes in ${(network?.rttMs ?? 0).toFixed(1)} ms.`;
    case 'gpu':
      return (
        `${String(units)} bytes on ${gpuNames(parameters)}, multiplied ${String(parameters.rounds)} times in ` +
        `${seconds(commitMs)}: ${(commitMs / gpuGibs(parameters)).toFixed(1)} ms a GiB.`
      );
  }
}

/** Which GPUs, as far as there is room to say. */
function gpuNames({ devices }: GpuParameters): string {
  const names = devices.slice(0, MOST_NAMES).map(({ id }) => id);
  return devices.length > MOST_NAMES
    ? `${names.join(', ')} and ${String(devices.length - MOST_NAMES)} more`
    : names.join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return capital.endsWith('.') ? capital : `${capital}.`;
}
