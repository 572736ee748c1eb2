import { z } from 'zod';
import { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import { ChallengeType, VerdictOutcome } from '../../../common/gen/headframe/v1/verdict_pb.js';
import type { Verdict } from '../../../common/gen/headframe/v1/verdict_pb.js';
import { checked, ok } from '../route.js';
import type { Route } from '../route.js';
import { commandRefused } from './refusals.js';
import { challengeSchema, leaseIdSchema } from './seed-wishes.js';

const { challengeLease } = LeaseService.method;
/** What is proven takes minutes. */
const CHALLENGE_MS = 20 * 60_000;

const TYPES = { compute: ChallengeType.CPU, memory: ChallengeType.MEMORY } as const;
const NOTHING = { cpu_usage: null, memory_usage: null, memory_limit: null, memory_percent: null };

/** The answer of the seed, with what its fields had no place for in `verdict`. */
export const challengedSchema = z.object({
  status: z.enum(['success', 'failed', 'void']).describe('void says nothing of the host; it may be asked again.'),
  type: z.enum(['compute', 'memory']),
  command_result: z.object({
    status: z.enum(['success', 'failed', 'void']),
    exit_code: z.int().nullable().describe('0 passed, 1 failed, null void: no command is run.'),
    output: z.string().describe('What was seen.'),
  }),
  metrics: z.object({
    cpu_usage: z.null().describe('Null: a share of a CPU proves nothing; see verdict.units.'),
    memory_usage: z.number().nullable().describe('Bytes that were filled; null where none were proven.'),
    memory_limit: z.number().nullable().describe('Bytes that were to be filled.'),
    memory_percent: z.number().nullable(),
  }),
  verdict: z.object({
    id: z.string(),
    host_id: z.string(),
    reason: z.string(),
    claimed: z.number().describe('Thousandths of a vCPU, or bytes.'),
    units: z.number().describe('Argon2 steps per second, or bytes; 0 unless passed.'),
    prove_ms: z.number(),
  }),
});

/** The seed's took a command and judged it by the share of a CPU that it took; this one has the lease's host prove something. */
export const challengeRoute: Route = {
  ...{ verb: 'PUT', path: '/challenge/:id', method: challengeLease },
  about: {
    summary:
      'Has the host of a lease prove CPU (compute) or memory in the exact limits of the lease, beside it, and answers with the verdict; commands are refused',
    params: leaseIdSchema,
    body: challengeSchema,
    reply: { schema: challengedSchema },
  },
  answer: async ({ params, body, call }) => {
    const { type, data } = checked(challengeSchema, body ?? {});
    const { id } = checked(leaseIdSchema, params);
    if (data.command !== undefined) throw commandRefused();
    const { verdict } = await call(challengeLease, { id, type: TYPES[type] }, { timeoutMs: CHALLENGE_MS });
    if (verdict === undefined) throw new Error('an answer lacks its verdict');
    return ok(challengedOf(type, verdict));
  },
};

/** Shows a verdict as the seed answered. */
export function challengedOf(type: keyof typeof TYPES, verdict: Verdict): z.output<typeof challengedSchema> {
  const { status, exitCode } = endOf(verdict.outcome);
  const { id, hostId, reason, units } = verdict;
  const [claimed, proveMs] = [Number(verdict.claimed), Number(verdict.proveMs)];
  const filled = {
    cpu_usage: null,
    memory_usage: units,
    memory_limit: claimed,
    memory_percent: percentOf(units, claimed),
  };
  return {
    status,
    type,
    command_result: { status, exit_code: exitCode, output: verdict.text },
    metrics: type === 'memory' && status !== 'void' ? filled : NOTHING,
    verdict: { id, host_id: hostId, reason, claimed, units, prove_ms: proveMs },
  };
}

function endOf(outcome: VerdictOutcome): { status: 'success' | 'failed' | 'void'; exitCode: number | null } {
  if (outcome === VerdictOutcome.PASSED) return { status: 'success', exitCode: 0 };
  return outcome === VerdictOutcome.FAILED ? { status: 'failed', exitCode: 1 } : { status: 'void', exitCode: null };
}

function percentOf(units: number, claimed: number): number {
  return claimed === 0 ? 0 : (100 * units) / claimed;
}
