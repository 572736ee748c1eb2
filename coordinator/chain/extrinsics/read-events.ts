import type { ApiPromise } from '@polkadot/api';
import type { CallEvent } from './outcome.js';

/** As much as is used of the library's values, which the runtime's metadata makes. */
interface Value {
  readonly registry: ApiPromise['registry'];
  readonly type?: string;
  readonly value?: { readonly type?: string };
  readonly isErr?: boolean;
  readonly asErr?: Value;
  readonly isBadOrigin?: boolean;
  readonly isModule?: boolean;
  readonly asModule?: Parameters<ApiPromise['registry']['findMetaError']>[0];
  toString(): string;
}

interface ChainEvent {
  readonly section: string;
  readonly method: string;
  readonly data: readonly Value[];
}

interface EventRecord {
  readonly phase: { readonly isApplyExtrinsic: boolean; readonly asApplyExtrinsic: { toNumber(): number } };
  readonly event: ChainEvent;
}

/** The events of the extrinsic at a place in a block. */
export async function readCallEvents(api: ApiPromise, blockHash: string, index: number): Promise<CallEvent[]> {
  const at = await api.at(blockHash);
  // Every runtime has them, and this shape has been theirs since metadata describes types.
  const events = (await at.query.system?.events?.()) as Iterable<EventRecord> | undefined;
  return [...(events ?? [])]
    .filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index)
    .map(({ event }) => toCallEvent(event));
}

function toCallEvent(event: ChainEvent): CallEvent {
  const name = `${event.section}.${event.method}`;
  return { name, error: [...event.data].map(errorIn).find((error) => error !== undefined), fee: feeOf(name, event) };
}

/** The amount that was paid includes the tip. */
function feeOf(name: string, { data }: ChainEvent): bigint | undefined {
  if (name !== 'transactionPayment.TransactionFeePaid') return undefined;
  const [, paid, tip] = [...data].map(String);
  return BigInt(paid ?? 0) - BigInt(tip ?? 0);
}

/** The name of the error that a value is, or that a result holds. */
function errorIn(value: Value): string | undefined {
  const error = value.isErr === true ? value.asErr : value;
  if (error === undefined || error.isBadOrigin === undefined || error.isModule === undefined) return undefined;
  return errorName(error);
}

/** `pallet.Name` of a pallet's error, `token.FundsUnavailable` and the like of others, or its bare name. */
function errorName(error: Value): string {
  // Of an enum only the variant that it is may be read.
  if (error.isModule === true && error.asModule !== undefined) {
    const { section, name } = error.registry.findMetaError(error.asModule);
    return `${section}.${name}`;
  }
  const { type = 'unnamed', value } = error;
  const inner = value?.type;
  return inner === undefined || inner === 'Null' ? type : `${type.slice(0, 1).toLowerCase()}${type.slice(1)}.${inner}`;
}
