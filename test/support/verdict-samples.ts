import type { VerdictRecord } from '../../common/model/verdict.js';

/** A CPU challenge that host-1 passed. */
export function sampleVerdict(id: string, patch: Partial<VerdictRecord> = {}): VerdictRecord {
  return {
    id,
    hostId: 'host-1',
    type: 'cpu',
    outcome: 'passed',
    reason: 'challenge_passed',
    text: '',
    claimed: 8000,
    units: 400,
    proveMs: 9000,
    verifyMs: 120,
    sweep: '',
    atMs: 1_000_000,
    ...patch,
  };
}
