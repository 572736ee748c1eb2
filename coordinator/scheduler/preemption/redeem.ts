import type { FleetReader } from '../../fleet/port.js';
import type { CapacityIndex, Grant } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import { leftOutBy } from '../fit.js';
import type { FleetMirror } from '../fleet-mirror.js';
import { STANDING } from '../host-columns.js';
import type { WaitingGroup } from '../waiting-group.js';
import type { Booking } from './bookings.js';
import type { Tenancy } from './tenancy.js';
import { redeemedText } from './words.js';

/** An instance that gets the place it had booked, reserved but not yet in its record. */
export interface Redeemed extends Grant {
  readonly serial: number;
  readonly group: WaitingGroup;
  readonly host: number;
  /** How many instances it waited for. */
  readonly awaited: number;
  readonly text: string;
}

/** What redeeming looks at and changes. */
export interface RedeemParts {
  readonly fleet: FleetReader;
  readonly mirror: FleetMirror;
}

/**
 * Gives those their booked places on a host that are clear by now, the highest priority first. Who is not clear yet is
 * passed over, since the room was booked for all of them together; who cannot be any more goes back to the queue.
 */
export function redeemOn({ fleet, mirror }: RedeemParts, host: number): Redeemed[] {
  const { index, bookings, tenancy } = mirror;
  const redeemed: Redeemed[] = [];
  const waiting = [...bookings.on(host)];
  waiting.sort((a, b) => b.demand.priority - a.demand.priority || a.serial - b.serial);
  for (const booking of waiting) mirror.unbook(booking);
  const left: Booking[] = [];
  for (const [at, booking] of waiting.entries()) {
    const others = [...left, ...waiting.slice(at + 1)].map(({ demand }) => demand).filter(hasFixedPorts);
    const got = index.keepingPorts(host, others, () =>
      isClear(fleet, index, booking) ? redeem(mirror, booking) : undefined,
    );
    if (got === undefined) left.push(booking);
    else redeemed.push(got);
  }
  for (const booking of left) mirror.book(booking);
  for (const booking of left)
    if (isHeldElsewhere(fleet, booking) || !mayStillCome(index, tenancy, booking)) mirror.cancel(booking);
  return redeemed;
}

function isClear(fleet: FleetReader, index: CapacityIndex, booking: Booking): boolean {
  return !isHeldElsewhere(fleet, booking) && leftOutBy(index, booking.demand, booking.host) === undefined;
}

function hasFixedPorts({ fixedPorts }: Demand): boolean {
  return fixedPorts.length > 0;
}

function redeem(mirror: FleetMirror, booking: Booking): Redeemed {
  const { serial, group, host, demand } = booking;
  const grant = mirror.index.reserve(host, demand, 1);
  mirror.foresee(group, host, { serials: [serial], hostPorts: [grant.hostPorts], gpuIds: [grant.gpuIds] });
  return { serial, group, host, ...grant, awaited: booking.awaits.length, text: redeemedText(booking) };
}

/** Whether the identity that a place is booked for is live by now. */
export function isHeldElsewhere(fleet: FleetReader, { demand: { identity } }: Booking): boolean {
  return identity !== '' && fleet.holderOf(identity) !== undefined;
}

/** Whether the host still takes it, and what is booked there fits once those that are stopping have ended. */
function mayStillCome(index: CapacityIndex, tenancy: Tenancy, { host, demand }: Booking): boolean {
  const { standing, freeCpu, freeMemory, freeDisk, freeGpus } = index.columns;
  if (standing[host] !== STANDING.open || !index.feasibility.allows(demand, host)) return false;
  const { unproven } = index.entry(host);
  const leaving = tenancy.upTo('leaving', 1000);
  return MEASURES.every(([resource, column]) => {
    const free = { cpu: freeCpu, memory: freeMemory, disk: freeDisk, gpus: freeGpus }[column][host] ?? 0;
    const kept = resource !== 'gpus' && demand.proven.includes(resource) ? unproven[resource] : 0;
    return demand[resource] === 0 || leaving.reduce((sum, level) => sum + (level[column][host] ?? 0), free) >= kept;
  });
}

const MEASURES = [
  ['cpuMillis', 'cpu'],
  ['memoryBytes', 'memory'],
  ['diskBytes', 'disk'],
  ['gpus', 'gpus'],
] as const satisfies readonly (readonly [keyof Demand, string])[];
