import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import { copiesThatFit, leftOutBy } from '../fit.js';
import type { Booking } from './bookings.js';
import { isHeldElsewhere } from './redeem.js';
import type { RedeemParts } from './redeem.js';

/**
 * Gives those back to the queue that wait for others to end although some of the given hosts could take them now: as many
 * as fit, the highest priority first, so that what comes free passes by nobody who has booked. One step a shape, so that
 * the caller may pause.
 */
export function* giveBackFor({ fleet, mirror }: RedeemParts, hosts: readonly number[]): Generator<undefined, void> {
  for (const booked of byShape(mirror.bookings.all())) {
    // While the caller paused some may have got their place or lost it.
    const waiting = booked.filter((one) => mirror.bookings.get(one.serial) === one && !isHeldElsewhere(fleet, one));
    const fitting = waiting[0] === undefined ? 0 : copiesOn(mirror.index, waiting[0].demand, hosts, waiting.length);
    for (const booking of waiting.slice(0, fitting)) mirror.cancel(booking);
    yield;
  }
}

/** Of each shape, those of the highest priority first, then the oldest. */
function byShape(bookings: Iterable<Booking>): Iterable<Booking[]> {
  const shapes = new Map<string, Booking[]>();
  for (const booking of bookings) {
    const { shape } = booking.demand;
    const known = shapes.get(shape);
    if (known === undefined) shapes.set(shape, [booking]);
    else known.push(booking);
  }
  for (const booked of shapes.values())
    booked.sort((a, b) => b.demand.priority - a.demand.priority || a.serial - b.serial);
  return shapes.values();
}

function copiesOn(index: CapacityIndex, demand: Demand, hosts: readonly number[], most: number): number {
  let copies = 0;
  for (const host of hosts) {
    if (leftOutBy(index, demand, host) !== undefined) continue;
    copies += copiesThatFit(index, demand, host, most - copies);
    if (copies >= most) break;
  }
  return copies;
}
