import { z } from 'zod';
import { durationField, strictObject } from '../model/schema/index.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const MIB_OF_NODES = 2 ** 20 / 64;

/**
 * What a slow but honest host needs for one unit of each work. The defaults were measured on a shared machine of two busy virtual
 * CPUs (3.2 s for a GiB and lane, 4 µs for a node), and doubled, nodes times five; 94 ms is a read of a spinning disk. That of
 * GPUs is reckoned, not measured: a quarter of a second is what 2^38 products and sums take a card of 4 × 10^12 instructions a
 * second, at four for each.
 */
const ratesField = strictObject({
  cpuPerGib: durationField({ min: 10, max: 10 * MINUTE_MS })
    .prefault('6400ms')
    .describe(
      'What a vCPU may take to fill a GiB by Argon2d while all others work; a cpu challenge has four times that.',
    ),
  memoryPerGib: durationField({ min: 10, max: 10 * MINUTE_MS })
    .prefault('6400ms')
    .describe('What a GiB of a memory challenge may take; the challenge has 1.3 times that.'),
  layerPerMib: durationField({ min: 1, max: MINUTE_MS })
    .prefault('328ms')
    .describe('What a MiB of one layer of a label may take; making the label has four times that.'),
  read: durationField({ min: 1, max: 10_000 })
    .prefault('94ms')
    .describe('What a read of 64 KiB of a label may take: 94ms suits spinning disks, 16ms others.'),
  gpuPerGib: durationField({ min: 1, max: MINUTE_MS })
    .prefault('250ms')
    .describe('What a GPU may take to multiply a GiB once; the challenge has twice that for each GiB and product.'),
  grace: durationField({ min: 100, max: 10 * MINUTE_MS })
    .prefault('2s')
    .describe('What each answer of any challenge may take besides.'),
})
  .prefault({})
  .transform(({ cpuPerGib, memoryPerGib, layerPerMib, read, gpuPerGib, grace }) => ({
    ...{ cpuMsPerGib: cpuPerGib, memoryMsPerGib: memoryPerGib, nodeMs: layerPerMib / MIB_OF_NODES },
    ...{ readMs: read, gpuMsPerGib: gpuPerGib, graceMs: grace },
  }));

/** How hosts are challenged without being asked; parsed to milliseconds. */
export const challengesField = strictObject({
  schedule: z
    .boolean()
    .prefault(false)
    .describe('Whether hosts are challenged by schedule, and not only when an operator asks.'),
  types: z
    .array(z.enum(['cpu', 'memory', 'disk', 'network', 'gpu']))
    .min(1)
    .max(5)
    .prefault(['cpu', 'memory', 'disk', 'network'])
    .describe('What hosts are to prove; `gpu` of those alone that have GPUs.'),
  // The longest gap is three times as long, and a proof counts for seven days.
  interval: durationField({ min: MINUTE_MS, max: 2 * DAY_MS })
    .prefault('12h')
    .describe(
      'Mean time between two challenges of one type and host; the times are drawn by chance, so that no host foresees them.',
    ),
  firstWithin: durationField({ min: 1_000, max: DAY_MS })
    .prefault('10m')
    .describe('A host that has proven nothing yet is first asked within this time.'),
  confirmWithin: durationField({ min: 1_000, max: DAY_MS })
    .prefault('10m')
    .describe('What a host failed is asked once more within this time.'),
  atOnce: z
    .int()
    .min(1)
    .max(1_000)
    .prefault(4)
    .describe('Challenges of the whole fleet that may be under way at once; of one host there is one at most.'),
  leaseGap: durationField({ min: 1_000, max: DAY_MS })
    .prefault('10m')
    .describe('Least time between two challenges of one lease by who rents it.'),
  rates: ratesField.describe('By when hosts have to have answered.'),
})
  .prefault({})
  .transform(({ schedule, types, interval, firstWithin, confirmWithin, atOnce, leaseGap, rates }) => ({
    rates,
    leaseGapMs: leaseGap,
    schedule: schedule
      ? { types, intervalMs: interval, firstMs: firstWithin, confirmMs: confirmWithin, mostAtOnce: atOnce }
      : undefined,
  }));
