import { z } from 'zod';
import { bytesField, durationField, strictObject } from '../model/schema/index.js';

const MIB = 2 ** 20;
const timeField = durationField({ min: 100, max: 24 * 3_600_000 });

/** How models are asked through the coordinator; parsed to bytes and milliseconds. */
export const routerField = strictObject({
  maxRequest: bytesField({ min: 1024, max: 1024 * MIB })
    .prefault('16MiB')
    .describe('Largest body of a question to a model; it is passed on as it comes.'),
  maxReply: bytesField({ min: 1024, max: 2 ** 40 })
    .prefault('256MiB')
    .describe('Most that a model may answer; whoever answers more is cut off.'),
  headTimeout: timeField.prefault('2m').describe('Time until a model begins to answer.'),
  idleTimeout: timeField.prefault('1m').describe('Time between two pieces of an answer.'),
  timeout: timeField.prefault('15m').describe('Time for a question and the whole of its answer.'),
  maxOutstanding: z
    .int()
    .min(1)
    .max(10_000)
    .prefault(64)
    .describe('Questions to one instance that may be under way at once; beyond that others are asked, or nobody.'),
})
  .prefault({})
  .transform(({ maxRequest, maxReply, headTimeout, idleTimeout, timeout, maxOutstanding }) => ({
    ...{ requestBytes: maxRequest, replyBytes: maxReply, maxOutstanding },
    ...{ headMs: headTimeout, idleMs: idleTimeout, totalMs: timeout },
  }));
