import { describeWith } from './describe-with.js';
import type { SuiteBody } from './describe-with.js';

/** The NATS server that integration and end-to-end tests may use; empty without one. */
export const natsUrl: string = process.env.HEADFRAME_TEST_NATS_URL ?? '';

/** A `describe` that needs a real NATS server. */
export const describeWithNats: (title: string, body: SuiteBody) => void = describeWith(
  natsUrl === '' ? 'no NATS server: HEADFRAME_TEST_NATS_URL is not set' : undefined,
);
