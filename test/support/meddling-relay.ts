import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { UnknownField } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { AgentService, SessionResponseSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { SessionResponse } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, RpcServer, createClient } from '../../common/rpc/index.js';
import type { ChannelSecurity, StreamWriter } from '../../common/rpc/index.js';

/** What is done to a delta on its way. */
export type Meddling = 'pass' | 'lose' | 'repeat' | 'delay';

/** Stands between an agent, which calls it in clear, and its coordinator, passes everything on, and meddles with the deltas. */
export class MeddlingRelay {
  /** How often each was done. */
  readonly done = new Map<Meddling, number>();
  readonly #next: () => Meddling;
  readonly #channel: Channel;
  readonly #server: RpcServer;
  /** Adds what only a newer coordinator knows to everything, when set. */
  isNewer = false;
  /** A delta that the one behind it overtakes. */
  #held: SessionResponse | undefined;

  constructor(coordinator: string, security: ChannelSecurity, next: () => Meddling) {
    this.#next = next;
    this.#channel = new Channel({ address: coordinator, security, clock: systemClock });
    const client = createClient(AgentService, this.#channel);
    this.#server = new RpcServer({ clock: systemClock, newRequestId: randomUUID, onUnforeseen: () => undefined });
    this.#server.add(AgentService, {
      session: {
        withWriter: async (incoming, responses) => {
          const upstream = client.session();
          void (async () => {
            for await (const request of incoming) await upstream.requests.write(request);
          })().catch(() => undefined);
          try {
            for await (const response of upstream.responses) {
              if (this.isNewer)
                await responses.write(Object.assign(create(SessionResponseSchema), { $unknown: [...NEWER] }));
              await this.#pass(this.isNewer ? enriched(response) : response, responses);
            }
          } finally {
            upstream.cancel();
          }
        },
      },
      tunnel: { withWriter: () => Promise.reject(new Error('no tunnels here')) },
      fetchContent: (request) => client.fetchContent(request),
    });
  }

  /** Listens on a free port of 127.0.0.1; resolves with its address. */
  listen(): Promise<string> {
    return this.#server.listen('127.0.0.1:0', { kind: 'plaintext' });
  }

  async close(): Promise<void> {
    this.#channel.close();
    await this.#server.shutdown(0);
  }

  async #pass(response: SessionResponse, responses: Pick<StreamWriter<SessionResponse>, 'write'>): Promise<void> {
    const meddling = response.message.case === 'delta' ? this.#next() : 'pass';
    this.done.set(meddling, (this.done.get(meddling) ?? 0) + 1);
    if (meddling === 'delay' && this.#held === undefined) {
      this.#held = response;
      return;
    }
    if (meddling !== 'lose') await responses.write(response);
    if (meddling === 'repeat') await responses.write(response);
    const held = this.#held;
    if (held === undefined || response.message.case !== 'delta') return;
    this.#held = undefined;
    await responses.write(held);
  }
}

/** A field that no contract has yet. */
const NEWER: readonly UnknownField[] = [
  { no: 900, wireType: WireType.LengthDelimited, data: new Uint8Array([3, 1, 2, 3]) },
];

function enriched(response: SessionResponse): SessionResponse {
  const { message } = response;
  if (message.case === undefined) return response;
  message.value.$unknown = [...NEWER];
  if (message.case === 'snapshot' || message.case === 'delta')
    for (const part of [...message.value.workloads, ...message.value.runs, ...message.value.stops])
      part.$unknown = [...NEWER];
  return response;
}
