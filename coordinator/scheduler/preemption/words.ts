import { instanceId } from '../../../common/model/instance.js';
import type { Explanation } from '../explain.js';
import type { Booking } from './bookings.js';
import type { Tenant } from './victims.js';

/** Instances named in one text. */
const MOST_NAMED = 10;

/** Why a victim is stopped. */
export function victimText(miner: string, serial: number, priority: number): string {
  return `Makes room for ${instanceId(miner, serial)}, which has priority ${String(priority)}.`;
}

/** Why an instance waits that has a place booked. */
export function bookedText(booking: Pick<Booking, 'awaits' | 'untilMs'>, hostName: string): string {
  return `waits on ${hostName} for ${instances(booking.awaits.length)} to end, until ${timeOf(booking.untilMs)} at most`;
}

/** Why an instance went where others made room for it. */
export function redeemedText({ awaits }: Booking): string {
  return `in the room that ${instances(awaits.length)} made`;
}

/** What a miner's preemption did. */
export function preemptingText(made: number, victims: readonly Tenant[]): string {
  const named = victims.slice(0, MOST_NAMED).map(({ serial, demand }) => instanceId(demand.miner, serial));
  const more = victims.length > MOST_NAMED ? ` and ${String(victims.length - MOST_NAMED)} more` : '';
  return `Room for ${String(made)}: ${instances(victims.length)} of lower priority stop: ${named.join(', ')}${more}.`;
}

/** Why a miner's instances wait of which some have places booked. */
export function explainBookings(bookings: Iterable<Booking>, nameOf: (host: number) => string): Explanation {
  const all = [...bookings];
  const hosts = [...new Set(all.map(({ host }) => host))];
  const awaited = new Set(all.flatMap(({ awaits }) => awaits)).size;
  const untilMs = Math.max(...all.map((booking) => booking.untilMs));
  const where = hosts.length === 1 ? nameOf(hosts[0] ?? -1) : `${String(hosts.length)} hosts`;
  const who = all.length === 1 ? '' : `${String(all.length)} instances: `;
  const text = `${who}${bookedText({ awaits: Array.from({ length: awaited }, () => 0), untilMs }, where)}`;
  return { reason: 'waiting_for_preemption', text, filters: [] };
}

/** Why a miner may not make more room now. */
export function explainLimit(retryAtMs: number, isBarred: boolean): Explanation {
  const cause = isBarred
    ? 'an instance failed in the room that others had made for it'
    : 'as many as may be within a minute have made room';
  return { reason: 'preemption_limited', text: `${cause}; goes on at ${timeOf(retryAtMs)}`, filters: [] };
}

function instances(count: number): string {
  return count === 1 ? '1 instance' : `${String(count)} instances`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
