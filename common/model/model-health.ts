import type { HealthCheck } from './miner.js';

/** How a model's health is asked where its manifest says nothing: loading one takes its time. */
export function modelHealth(port: number): HealthCheck {
  return {
    probe: { kind: 'http', port, path: '/health' },
    startPeriodMs: 60_000,
    intervalMs: 10_000,
    timeoutMs: 5_000,
    retries: 3,
  };
}
