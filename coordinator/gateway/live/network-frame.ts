import { NetworkState } from '../../../common/gen/headframe/v1/network_service_pb.js';
import type {
  ChainBlock,
  Network,
  WatchNetworksResponse,
} from '../../../common/gen/headframe/v1/network_service_pb.js';
import type { NetworkFrame } from './frames.js';

const STATES: Readonly<Record<NetworkState, string>> = {
  [NetworkState.UNSPECIFIED]: 'connecting',
  [NetworkState.CONNECTING]: 'connecting',
  [NetworkState.READY]: 'ready',
  [NetworkState.AWAY]: 'away',
};

/** What a message of the watch says of networks. */
export function networkFrame(id: string, { networks, removed }: WatchNetworksResponse): NetworkFrame {
  return { type: 'NetworkUpdate', id, data: networks.map(networkData), removed };
}

function networkData({ name, state, reason, text, sinceMs, best, finalized, runtime, ...rest }: Network) {
  return {
    network: name,
    ...{ state: STATES[state], reason, text, since: new Date(Number(sinceMs)).toISOString() },
    best: blockData(best),
    finalized: blockData(finalized),
    spec_version: runtime?.specVersion ?? null,
    ...{ reconnects: rest.reconnects, reorgs: rest.reorgs },
  };
}

function blockData(block: ChainBlock | undefined) {
  return block === undefined ? null : { number: Number(block.number), hash: block.hash };
}
