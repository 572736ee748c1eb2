import { create } from '@bufbuild/protobuf';
import { ChainBlockSchema, NetworkSchema, NetworkState } from '../gen/headframe/v1/network_service_pb.js';
import type { ChainBlock, Network } from '../gen/headframe/v1/network_service_pb.js';
import type { NetworkRecord } from '../model/network.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** A block by its place and hash. */
export interface BlockView {
  readonly number: number;
  readonly hash: string;
}

/** What a chain says of itself. */
export interface RuntimeView {
  readonly chain: string;
  readonly specName: string;
  readonly specVersion: number;
  readonly tokenSymbol: string;
  readonly decimals?: number | undefined;
  readonly ss58Prefix?: number | undefined;
}

/** A network as people see it. Times are unix milliseconds, 0 for none. */
export interface NetworkView extends Omit<NetworkRecord, 'genesisHash'> {
  /** Empty until it is known. */
  readonly genesisHash: string;
  readonly state: 'connecting' | 'ready' | 'away';
  readonly reason: string;
  readonly text: string;
  readonly sinceMs: number;
  readonly endpoint: string;
  readonly best: BlockView | undefined;
  readonly finalized: BlockView | undefined;
  readonly bestAtMs: number;
  readonly runtime: RuntimeView | undefined;
  readonly capabilities: readonly { readonly name: string; readonly present: boolean; readonly text: string }[];
  readonly reconnects: number;
  readonly reorgs: number;
}

const STATES = {
  connecting: NetworkState.CONNECTING,
  ready: NetworkState.READY,
  away: NetworkState.AWAY,
} as const;

/** Puts a network on the wire. */
export function networkToWire(view: NetworkView): Network {
  const { name, genesisHash, reason, text, endpoint, reconnects, reorgs } = view;
  return create(NetworkSchema, {
    ...{ name, genesisHash, reason, text, endpoint, reconnects, reorgs },
    endpoints: [...view.endpoints],
    labels: { ...view.labels },
    state: STATES[view.state],
    createdAtMs: numberToWire(view.createdAtMs, 'createdAtMs'),
    updatedAtMs: numberToWire(view.updatedAtMs, 'updatedAtMs'),
    sinceMs: numberToWire(view.sinceMs, 'sinceMs'),
    bestAtMs: numberToWire(view.bestAtMs, 'bestAtMs'),
    capabilities: view.capabilities.map((capability) => ({ ...capability })),
    ...(view.best === undefined ? {} : { best: blockToWire(view.best) }),
    ...(view.finalized === undefined ? {} : { finalized: blockToWire(view.finalized) }),
    ...(view.runtime === undefined ? {} : { runtime: runtimeToWire(view.runtime) }),
  });
}

/** Puts a block on the wire. */
export function blockToWire({ number, hash }: BlockView): ChainBlock {
  return create(ChainBlockSchema, { number: numberToWire(number, 'number'), hash });
}

/** Reads a network as the coordinator sends it. Throws HeadframeError (invalid_argument, 'number_out_of_range'). */
export function networkFromWire(message: Network): NetworkView {
  const { name, endpoints, genesisHash, labels, reason, text, endpoint, capabilities, reconnects, reorgs } = message;
  return {
    ...{ name, endpoints, genesisHash, labels, reason, text, endpoint, capabilities, reconnects, reorgs },
    state: message.state === STATES.ready ? 'ready' : message.state === STATES.away ? 'away' : 'connecting',
    createdAtMs: numberFromWire(message.createdAtMs, 'createdAtMs'),
    updatedAtMs: numberFromWire(message.updatedAtMs, 'updatedAtMs'),
    sinceMs: numberFromWire(message.sinceMs, 'sinceMs'),
    bestAtMs: numberFromWire(message.bestAtMs, 'bestAtMs'),
    best: message.best && blockFromWire(message.best),
    finalized: message.finalized && blockFromWire(message.finalized),
    runtime: message.runtime,
  };
}

function blockFromWire({ number, hash }: ChainBlock): BlockView {
  return { number: numberFromWire(number, 'number'), hash };
}

/** What is undefined stays unset. */
function runtimeToWire({ decimals, ss58Prefix, ...said }: RuntimeView) {
  return {
    ...said,
    ...(decimals === undefined ? {} : { decimals }),
    ...(ss58Prefix === undefined ? {} : { ss58Prefix }),
  };
}
