import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EndedCall } from '../../common/rpc/index.js';

/** Methods whose calls last as long as somebody listens: their durations say nothing. */
const ENDLESS = /\/(?:Session|Tunnel|Watch\w*|Stream\w*|Exec|ServerReflectionInfo)$/;

/** Counts calls by method and status code, and how long those with a natural end take. */
export function countCalls(registry: Registry): (call: EndedCall) => void {
  const registers = [registry];
  const calls = new Counter({
    name: 'headframe_grpc_calls_total',
    help: 'Ended gRPC calls by method and status code',
    labelNames: ['method', 'code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'headframe_grpc_call_seconds',
    help: 'Time until unary gRPC calls are answered',
    labelNames: ['method'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10],
    registers,
  });
  return ({ method, code, durationMs }) => {
    calls.inc({ method, code });
    if (!ENDLESS.test(method)) seconds.observe({ method }, durationMs / 1000);
  };
}
