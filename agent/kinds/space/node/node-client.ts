import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { MessageOf, MessageType, NodeMessage } from '../wire/message.js';
import { connectNode } from './connect-node.js';
import type { NodeAddress, TlsTrust } from './connect-node.js';
import { NodeLink } from './node-link.js';
import type { LinkOptions } from './node-link.js';
import { retryDelayMs } from './retry.js';
import type { RetryPolicy } from './retry.js';

/** How nodes are spoken with. */
export interface ClientOptions {
  /** One or more, the first preferred at start alone. */
  readonly nodes: readonly [NodeAddress, ...NodeAddress[]];
  /** Undefined for plain TCP; there is no way from the one to the other. */
  readonly tls: TlsTrust | undefined;
  readonly link: LinkOptions;
  readonly retry: RetryPolicy;
  /** A connection that lasted so long, and on which the node said something, was none that failed. */
  readonly settledMs: number;
}

/** What a client tells its owner. */
export interface ClientListener {
  onOpen(node: NodeAddress): void;
  onMessage(message: NodeMessage): void;
  /** A connection ended, or never came to be. */
  onEnd(node: NodeAddress, why: HeadframeError): void;
}

/** Keeps one connection to one of several nodes: when it ends, the next node of the list is tried. */
export class NodeClient {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  #link: NodeLink | undefined;
  #wasHeard = false;

  constructor(options: ClientOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Sends to the node that is connected; false where there is none, or the connection ends before the message has gone. */
  send<Type extends MessageType>(message: MessageOf<Type>): Promise<boolean> {
    return this.#link?.send(message) ?? Promise.resolve(false);
  }

  /**
   * Connects until the signal is aborted. Throws `HeadframeError` (unavailable, 'space_node_unreachable') where no node was ever heard and
   * all were tried as often as the policy says.
   */
  async run(listener: ClientListener, signal: AbortSignal): Promise<void> {
    const { nodes, retry, settledMs } = this.#options;
    const isOver = (): boolean => signal.aborted;
    let failures = 0;
    for (let at = 0; !isOver(); at = (at + 1) % nodes.length) {
      const node = nodes[at] ?? nodes[0];
      const sinceMs = this.#clock.monotonicMs();
      const { why, wasHeard } = await this.#live(node, listener, signal);
      if (isOver()) return;
      listener.onEnd(node, why);
      this.#wasHeard ||= wasHeard;
      const hasSettled = wasHeard && this.#clock.monotonicMs() - sinceMs >= settledMs;
      failures = hasSettled ? 1 : failures + 1;
      const delayMs = retryDelayMs({ failures, nodes: nodes.length, wasHeard: this.#wasHeard }, retry);
      if (delayMs === undefined) throw gaveUp(nodes, failures, why);
      // Also without a delay: sockets that fail at once do not keep the loop.
      await this.#clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  /** One connection, from its start to its end. */
  async #live(
    node: NodeAddress,
    listener: ClientListener,
    signal: AbortSignal,
  ): Promise<{ readonly why: HeadframeError; readonly wasHeard: boolean }> {
    let wasHeard = false;
    const link = new NodeLink(connectNode(node, this.#options.tls), this.#options.link, this.#clock, {
      onOpen: () => listener.onOpen(node),
      onMessage: (message) => {
        wasHeard = true;
        listener.onMessage(message);
      },
    });
    this.#link = link;
    const stop = (): void => link.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return { why: await link.ended, wasHeard };
    } finally {
      signal.removeEventListener('abort', stop);
      this.#link = undefined;
    }
  }
}

function gaveUp(nodes: readonly NodeAddress[], failures: number, cause: HeadframeError): HeadframeError {
  const named = nodes.map(({ host, port }) => `${host}:${String(port)}`).join(', ');
  return new HeadframeError({
    code: 'unavailable',
    reason: 'space_node_unreachable',
    message: `none of the nodes ${named} was heard in ${String(failures)} attempts; the last: ${cause.message}`,
    remedy: 'See whether the addresses are right, the nodes run, and a firewall lets the miner through.',
    cause,
  });
}
