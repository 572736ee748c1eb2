import { randomUUID } from 'node:crypto';
import { systemClock } from '../../common/model/clock.js';
import { Channel, RpcServer, createClient } from '../../common/rpc/index.js';
import type { CallFailure, Client, RpcServerOptions, ServiceImplementation } from '../../common/rpc/index.js';
import { EchoService } from './gen/echo/v1/echo_pb.js';

/** The test service's handlers as they should be; a test replaces what it is about. */
export const plainEcho: ServiceImplementation<typeof EchoService> = {
  say: async ({ text, payload }) => ({ text, payload }),
  async *repeat({ text, times, payloadBytes }, { signal }) {
    const payload = new Uint8Array(payloadBytes);
    for (let index = 0; (times === 0 || index < times) && !signal.aborted; index += 1) yield { index, text, payload };
  },
  async join(requests) {
    const texts: string[] = [];
    for await (const { text } of requests) texts.push(text);
    return { text: texts.join(' ') };
  },
  async *chat(requests) {
    for await (const { text } of requests) yield { text };
  },
};

/** A real server of the test service with a real channel to it. */
export interface EchoFixture {
  readonly server: RpcServer;
  readonly address: string;
  readonly channel: Channel;
  readonly client: Client<typeof EchoService>;
  /** What the server would have logged. */
  readonly failures: CallFailure[];
  close(): Promise<void>;
}

/** Serves the test service on a free port of 127.0.0.1, or where `address` says. */
export async function openEcho(
  handlers: Partial<ServiceImplementation<typeof EchoService>> = {},
  options: Partial<RpcServerOptions> & {
    readonly address?: string;
    readonly extend?: (server: RpcServer) => void;
  } = {},
): Promise<EchoFixture> {
  const failures: CallFailure[] = [];
  const onUnforeseen = (failure: CallFailure): unknown => failures.push(failure);
  const server = new RpcServer({ clock: systemClock, newRequestId: randomUUID, onUnforeseen, ...options });
  server.add(EchoService, withDefaults(handlers));
  options.extend?.(server);
  const address = await server.listen(options.address ?? '127.0.0.1:0', { kind: 'plaintext' });
  const channel = new Channel({ address, security: { kind: 'plaintext' }, clock: systemClock });
  const close = async (): Promise<void> => {
    channel.close();
    await server.shutdown(0);
  };
  return { server, address, channel, client: createClient(EchoService, channel), failures, close };
}

function withDefaults(
  handlers: Partial<ServiceImplementation<typeof EchoService>>,
): ServiceImplementation<typeof EchoService> {
  const { say, repeat, join, chat } = handlers;
  if (say !== undefined && repeat !== undefined && join !== undefined && chat !== undefined) {
    // Whole as it is: a copy of an instance would lose its methods.
    return handlers as ServiceImplementation<typeof EchoService>;
  }
  return { ...plainEcho, ...handlers };
}

/** What the promise is rejected with; throws when it is not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ rejected: false as const }),
    (error: unknown) => ({ rejected: true as const, error }),
  );
  if (!outcome.rejected) throw new Error('expected a rejection');
  return outcome.error;
}

/** All that an iterable yields. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
