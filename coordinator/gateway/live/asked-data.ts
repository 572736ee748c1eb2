import type { AskFigures } from '../../../common/gen/headframe/v1/ask_figures_pb.js';

/** How an instance answers, in JSON. */
export function askedData(figures: AskFigures) {
  const { requests, answered, rejected, failed, timedOut, broken, unreached, left, latency, ...now } = figures;
  const latencies = latency && { p50: latency.p50Ms, p95: latency.p95Ms, p99: latency.p99Ms };
  return {
    ...{ requests: Number(requests), answered: Number(answered), rejected: Number(rejected), failed: Number(failed) },
    ...{ timed_out: Number(timedOut), broken: Number(broken), unreached: Number(unreached), left: Number(left) },
    ...{ outstanding: now.outstanding, requests_per_second: now.requestsPerSecond, latency_ms: latencies ?? null },
  };
}
