import type { HeadframeError } from '../../../../common/model/error.js';
import type { ModuleFailure, ModuleFinding, ModulePin, ModuleRecord } from '../../../../common/model/module.js';

/** What a job has brought. */
export type JobOutcome =
  | { readonly kind: 'fetched'; readonly pin: ModulePin }
  | { readonly kind: 'same' }
  | {
      readonly kind: 'verified';
      readonly findings: readonly ModuleFinding[];
      readonly failure: ModuleFailure | undefined;
    }
  | { readonly kind: 'failed'; readonly failure: ModuleFailure };

/** The record once its job is over, and what is told of it. */
export interface Settled {
  readonly record: ModuleRecord;
  readonly event: { readonly reason: string; readonly text: string } | undefined;
}

/** What becomes of a module by the outcome of its job: what it has stays in use unless another commit is to be pinned. */
export function settle(before: ModuleRecord, outcome: JobOutcome, atMs: number): Settled {
  const { job, ...rest } = { ...before, changedAtMs: atMs };
  const { name } = before;
  switch (outcome.kind) {
    case 'failed': {
      const { failure } = outcome;
      return {
        record: { ...rest, failure },
        event: { reason: failure.reason, text: `Module ${name}: ${failure.text}` },
      };
    }
    case 'same':
      return { record: { ...rest, failure: undefined, candidate: undefined, refreshedAtMs: atMs }, event: undefined };
    case 'verified': {
      const { findings, failure } = outcome;
      return { record: { ...rest, findings, failure, verifiedAtMs: atMs }, event: undefined };
    }
    case 'fetched': {
      const { pin } = outcome;
      const fetched = { ...rest, failure: undefined, refreshedAtMs: atMs };
      const waits =
        job?.kind === 'refresh' && !job.apply && before.pin !== undefined && before.pin.commit !== pin.commit;
      if (!waits) return pinned(fetched, pin, before.pin === undefined ? 'module_fetched' : 'module_pinned');
      const text = `Module ${name}: ${refText(before)} is commit ${pin.commit} now.`;
      return { record: { ...fetched, candidate: pin }, event: { reason: 'module_moved', text } };
    }
  }
}

/** The record with another commit in use. */
export function pinned(record: ModuleRecord, pin: ModulePin, reason: 'module_fetched' | 'module_pinned'): Settled {
  const text = `Module ${record.name}: commit ${pin.commit} of ${refText(record)}, version ${pin.version}.`;
  const after = { ...record, pin, candidate: undefined, failure: undefined, findings: [], verifiedAtMs: 0 };
  return { record: after, event: { reason, text } };
}

/** A failure as it is kept. */
export function failureOf(error: HeadframeError, atMs: number): ModuleFailure {
  const { reason, message, remedy = '', metadata } = error;
  return { reason, text: message, remedy, retry: metadata['class'] === 'wait_poll', atMs };
}

function refText({ ref }: ModuleRecord): string {
  return ref === '' ? 'the default branch' : ref;
}
