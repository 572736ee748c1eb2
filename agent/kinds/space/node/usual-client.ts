import type { Clock } from '../../../../common/model/clock.js';
import type { NodeAddress, TlsTrust } from './connect-node.js';
import { NodeClient } from './node-client.js';

/** What differs from miner to miner. */
export interface UsualOptions {
  readonly nodes: readonly [NodeAddress, ...NodeAddress[]];
  readonly tls: TlsTrust | undefined;
  /** Undefined to say nothing when it connects. */
  readonly greeting: { readonly nodeId: string; readonly userAgent: string } | undefined;
  readonly silenceMs: number;
  /** Undefined for never. */
  readonly pingAfterMs: number | undefined;
  /** Between two rounds of attempts at start. */
  readonly intervalMs: number;
  /** Rounds of attempts after the first; Infinity to go on for ever. */
  readonly mostAtStart: number;
}

const [CONNECT_MS, FRAME_MS, SETTLED_MS, LONGEST_RETRY_MS] = [10_000, 30_000, 60_000, 300_000];

/** A client with time-outs that suit nodes of the internet. */
export function usualClient(options: UsualOptions, clock: Clock): NodeClient {
  const { nodes, tls, greeting, silenceMs, pingAfterMs, intervalMs, mostAtStart } = options;
  const timeouts = { connectTimeoutMs: CONNECT_MS, frameTimeoutMs: FRAME_MS, silenceMs, pingAfterMs };
  const longestMs = Math.max(intervalMs, LONGEST_RETRY_MS);
  const retry = { intervalMs, mostAtStart, longestMs };
  return new NodeClient({ nodes, tls, link: { ...timeouts, greeting }, retry, settledMs: SETTLED_MS }, clock);
}
