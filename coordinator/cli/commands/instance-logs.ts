import { OutputStream } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { parseDuration } from '../../../common/model/units.js';
import { untilInterrupted } from '../follow.js';
import type { Invocation } from '../invocation.js';
import { usageError } from '../usage-error.js';
import { write } from '../world.js';
import { forInstance } from './find-instance.js';

/** Options of `instances logs`. */
export interface LogsOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: string;
  readonly timestamps?: boolean;
}

/** `instances logs`: the bytes as the instance wrote them, each stream to its own. */
export async function printLogs(call: Invocation, name: string, options: LogsOptions): Promise<void> {
  const { follow = false, tail, since, timestamps = false } = options;
  const sinceMs = BigInt(since === undefined ? 0 : parseSince(since, call.world.clock.nowMs()));
  const { fleet } = await call.connect();
  const print = async (instance: string): Promise<void> => {
    const request = { instance, follow, sinceMs, timestamps, ...(tail === undefined ? {} : { tail }) };
    for await (const { data } of fleet.streamLogs(request, call.callOptions)) {
      const { stdout, stderr } = call.world;
      if (data !== undefined) await write(data.stream === OutputStream.STDERR ? stderr : stdout, data.data);
    }
  };
  await untilInterrupted(call, follow, () => forInstance(call, name, print));
}

/** A time in the past: a duration before now, or ISO 8601. Throws HeadframeError (invalid_argument, time_invalid). */
export function parseSince(text: string, nowMs: number): number {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return Math.max(0, nowMs - agoMs);
  const atMs = Date.parse(text);
  if (!Number.isNaN(atMs) && atMs >= 0) return atMs;
  const remedy = 'Write a duration such as 10m, or a time such as 2026-01-31T12:00:00Z.';
  throw usageError('time_invalid', `${JSON.stringify(text)} is no time`, remedy);
}
