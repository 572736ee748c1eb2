import type {
  TunnelOrder,
  TunnelRequest,
  TunnelResponseSchema,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Outgoing, StreamWriter } from '../../common/rpc/index.js';

/** What a tunnel is opened for. */
export type TunnelPurpose = Exclude<TunnelOrder['purpose'], { case: undefined }>;

/** One open tunnel; whoever opened it reads `incoming` to its end or calls `close`. */
export interface Tunnel {
  readonly incoming: AsyncIterable<TunnelRequest>;
  readonly outgoing: Pick<StreamWriter<Outgoing<typeof TunnelResponseSchema>>, 'write' | 'end' | 'closed'>;
  close(): void;
}

interface Awaited {
  readonly hostId: string;
  readonly arrive: (tunnel: Tunnel) => void;
}

/** How long an agent may take to open a tunnel it was asked for. */
const OPEN_TIMEOUT_MS = 10_000;
/** Tunnels asked for and not yet open, over the whole fleet. */
const MAX_AWAITED = 1_000;

/** Matches tunnels that agents open with those who asked for them. */
export class TunnelBroker {
  readonly #awaited = new Map<string, Awaited>();
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(parts: { clock: Clock; newId: () => string }) {
    this.#clock = parts.clock;
    this.#newId = parts.newId;
  }

  /** Has the agent asked by `send` and waits for it. Throws `HeadframeError` (unavailable) when none comes in time. */
  async open(hostId: string, send: (tunnelId: string) => Promise<void>, signal: AbortSignal): Promise<Tunnel> {
    if (this.#awaited.size >= MAX_AWAITED) throw tooMany();
    const tunnelId = this.#newId();
    const arrival = new Promise<Tunnel>((arrive) => this.#awaited.set(tunnelId, { hostId, arrive }));
    const wait = new AbortController();
    try {
      await send(tunnelId);
      const timeout = this.#clock.sleep(OPEN_TIMEOUT_MS, AbortSignal.any([signal, wait.signal])).then(() => {
        throw notOpened(hostId);
      });
      return await Promise.race([arrival, timeout]);
    } catch (error) {
      // One that arrives in this very moment has nobody left to close it.
      void arrival.then((tunnel) => {
        tunnel.close();
      });
      throw error;
    } finally {
      wait.abort();
      this.#awaited.delete(tunnelId);
    }
  }

  /** Hands an agent's tunnel to whoever waits for it and resolves when that one is done with it. */
  async accept(
    hello: { tunnelId: string; hostId: string },
    incoming: AsyncIterable<TunnelRequest>,
    outgoing: StreamWriter<Outgoing<typeof TunnelResponseSchema>>,
  ): Promise<void> {
    const awaited = this.#awaited.get(hello.tunnelId);
    if (awaited?.hostId !== hello.hostId) throw unknownTunnel();
    this.#awaited.delete(hello.tunnelId);
    await new Promise<void>((done) => {
      outgoing.onEnd(() => {
        done();
      });
      awaited.arrive({ incoming, outgoing, close: done });
    });
  }
}

function notOpened(hostId: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'tunnel_not_opened',
    message: `the agent on ${hostId} did not open a tunnel within ${String(OPEN_TIMEOUT_MS / 1000)} s`,
    remedy: 'Check that the host is ready: headframe hosts show.',
  });
}

function tooMany(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_tunnels',
    message: 'too many log and exec calls wait for their hosts',
    remedy: 'Try again in a moment.',
  });
}

function unknownTunnel(): HeadframeError {
  return new HeadframeError({ code: 'not_found', reason: 'unknown_tunnel', message: 'nobody waits for this tunnel' });
}
