import fc from 'fast-check';
import { HEALTH_STATES, INSTANCE_STATES } from '../../../common/model/instance.js';
import type { InstanceRecord } from '../../../common/model/instance.js';

/** Any text that UTF-8 can tell. */
export const storedText = fc.string({ unit: 'binary', maxLength: 200 });

/** A name as it recurs, now and then another. */
const name = fc.oneof(fc.constantFrom('alpha', 'beta', 'gamma'), storedText);

/** Whole numbers from 0, small ones often. */
export const natural = fc.oneof(fc.nat(300), fc.maxSafeNat());

/** A time as the store can keep it, unix milliseconds. */
export const timeMs = fc.integer({ min: 0, max: 2 ** 50 });

const containerId = fc.oneof(
  fc.constant(''),
  fc.uint8Array({ minLength: 31, maxLength: 33 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  storedText,
);

/** Any instance that a store can be given. */
export const storedInstance: fc.Arbitrary<InstanceRecord> = fc.record({
  serial: natural,
  miner: name,
  workloadId: natural,
  hostId: fc.option(name, { nil: undefined }),
  state: fc.constantFrom(...INSTANCE_STATES),
  health: fc.constantFrom(...HEALTH_STATES),
  reason: name,
  text: storedText,
  // As many as agents can count.
  restarts: fc.nat(2 ** 32 - 1),
  exitCode: fc.option(fc.integer(), { nil: undefined }),
  hostPorts: fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 4 }),
  gpuIds: fc.array(name, { maxLength: 3 }),
  containerId,
  createdAtMs: timeMs,
  changedAtMs: timeMs,
  startedAtMs: timeMs,
});
