import type { CallOutcome } from './ports.js';

/** What an event of an extrinsic tells, in the order they came. */
export interface CallEvent {
  /** Such as `system.ExtrinsicSuccess`. */
  readonly name: string;
  /** The name of the error it carries. */
  readonly error: string | undefined;
  /** Of `transactionPayment.TransactionFeePaid`, without the tip. */
  readonly fee: bigint | undefined;
}

/** Events by which the call inside another tells that it failed, while the outer one succeeded. */
const INNER: ReadonlySet<string> = new Set([
  'sudo.Sudid',
  'sudo.SudoAsDone',
  'proxy.ProxyExecuted',
  'utility.ItemFailed',
  'utility.BatchInterrupted',
  'utility.DispatchedAs',
  'multisig.MultisigExecuted',
]);

/** How a call went by the events of its extrinsic: one whose inner call failed has failed. */
export function outcomeOf(events: readonly CallEvent[]): CallOutcome {
  const fee = events.find((event) => event.fee !== undefined)?.fee ?? 0n;
  const outer = events.find(({ name }) => name === 'system.ExtrinsicFailed');
  if (outer !== undefined) return { kind: 'failed', error: outer.error ?? 'unnamed', fee };
  const inner = events.find(({ name, error }) => INNER.has(name) && error !== undefined);
  if (inner?.error !== undefined) return { kind: 'failed', error: inner.error, fee };
  const succeeded = events.some(({ name }) => name === 'system.ExtrinsicSuccess');
  return succeeded ? { kind: 'success', fee } : { kind: 'unknown' };
}
