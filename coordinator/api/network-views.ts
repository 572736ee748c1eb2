import type { NetworkRecord } from '../../common/model/network.js';
import type { NetworkView } from '../../common/wire/client.js';
import { describeCapabilities, shownEndpoint } from '../chain/index.js';
import type { Networks } from '../chain/index.js';

/** A network as clients see it, and how the connection to it stands. Throws `HeadframeError` (not_found, 'network_not_found'). */
export function networkView(record: NetworkRecord, networks: Pick<Networks, 'find'>): NetworkView {
  const { best, finalized, capabilities, genesisHash, standing } = networks.find(record.name);
  return {
    ...record,
    ...{ best, finalized },
    endpoints: record.endpoints.map(shownEndpoint),
    genesisHash: genesisHash ?? '',
    ...{ state: standing.state, reason: standing.reason, text: standing.text, sinceMs: standing.sinceMs },
    endpoint: standing.endpoint === undefined ? '' : shownEndpoint(standing.endpoint),
    bestAtMs: standing.bestAtMs ?? 0,
    runtime: standing.about,
    capabilities: capabilities === undefined ? [] : describeCapabilities(capabilities),
    ...{ reconnects: standing.reconnects, reorgs: standing.reorgs },
  };
}
