import { create } from '@bufbuild/protobuf';
import { OutputStream, TunnelRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type {
  AgentService,
  ExecOrder,
  LogsOrder,
  TunnelOrder,
  TunnelRequest,
  TunnelResponse,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { BidiCall, Client } from '../../common/rpc/index.js';
import type { ExecSession, OutputChunk, Runtime } from '../runtime/runtime.js';

/** The parts that tunnels work with. */
export interface TunnelParts {
  /** A client on a connection of its own, so that control messages never wait behind bulk data. */
  readonly client: Client<typeof AgentService>;
  readonly hostId: string;
  readonly runtime: Pick<Runtime, 'logs' | 'exec'>;
  readonly logger: Logger;
}

type Call = BidiCall<typeof AgentService.method.tunnel.input, typeof AgentService.method.tunnel.output>;

// A reader of logs that goes away frees its place at once; more than this many at a time is abuse.
const MAX_TUNNELS = 256;

/** Opens the tunnels that the coordinator orders and serves logs and commands through them. */
export class TunnelServer {
  readonly #parts: TunnelParts;
  #open = 0;

  constructor(parts: TunnelParts) {
    this.#parts = parts;
  }

  /** Opens and serves one tunnel to its end; failures are told to the coordinator through it. Never throws. */
  async serve(order: TunnelOrder, signal: AbortSignal): Promise<void> {
    if (this.#open >= MAX_TUNNELS) return;
    this.#open += 1;
    const done = new AbortController();
    const both = AbortSignal.any([signal, done.signal]);
    try {
      const call = this.#parts.client.tunnel({ signal: both });
      await this.#serveCall(call, order, both);
    } catch (error) {
      this.#parts.logger.debug({ err: error, tunnel: order.tunnelId }, 'tunnel ended');
    } finally {
      done.abort();
      this.#open -= 1;
    }
  }

  async #serveCall(call: Call, order: TunnelOrder, signal: AbortSignal): Promise<void> {
    const { tunnelId } = order;
    const hello = { $typeName: 'headframe.v1.TunnelHello' as const, tunnelId, hostId: this.#parts.hostId };
    await call.requests.write(message({ case: 'hello', value: hello }));
    const gone = new AbortController();
    const either = AbortSignal.any([signal, gone.signal]);
    try {
      const code = await this.#fulfil(call, order.purpose, either, gone);
      await call.requests.write(message({ case: 'exit', value: { $typeName: 'headframe.v1.TunnelExit', code } }));
    } catch (error) {
      if (call.requests.closed) return;
      const { reason, message: text } = toHeadframeError(error);
      await call.requests.write(
        message({ case: 'failure', value: { $typeName: 'headframe.v1.TunnelFailure', reason, text } }),
      );
    }
    await call.requests.flush();
    call.requests.end();
    await drain(call.responses);
  }

  async #fulfil(
    call: Call,
    purpose: TunnelOrder['purpose'],
    signal: AbortSignal,
    gone: AbortController,
  ): Promise<number> {
    switch (purpose.case) {
      case 'logs':
        // Nothing is read from the other side but its going away.
        call.requests.onEnd(() => {
          gone.abort();
        });
        await this.#logs(call, purpose.value, signal);
        return 0;
      case 'exec':
        call.requests.onEnd(() => {
          gone.abort();
        });
        return await this.#exec(call, purpose.value, signal);
      case undefined:
        throw new Error('the coordinator ordered a tunnel for a purpose this agent does not know');
    }
  }

  async #logs(call: Call, order: LogsOrder, signal: AbortSignal): Promise<void> {
    const query = {
      follow: order.follow,
      tail: order.tail,
      sinceMs: Number(order.sinceMs),
      timestamps: order.timestamps,
    };
    await forward(call, this.#parts.runtime.logs(Number(order.serial), query, signal));
  }

  async #exec(call: Call, order: ExecOrder, signal: AbortSignal): Promise<number> {
    const { command, tty, stdin, columns, rows } = order;
    const session = await this.#parts.runtime.exec(
      Number(order.serial),
      { command, tty, stdin, columns, rows },
      signal,
    );
    const input = feed(call.responses, session);
    // A terminal that closes its input has ended nothing: the command's own end does.
    input.catch(() => undefined);
    await forward(call, session.output);
    return await session.exitCode();
  }
}

/** Writes wait for room, so a reader that is slow slows the source and nothing piles up. */
async function forward(call: Call, output: AsyncIterable<OutputChunk>): Promise<void> {
  for await (const chunk of output) {
    const stream = chunk.stream === 'stdout' ? OutputStream.STDOUT : OutputStream.STDERR;
    const value = { $typeName: 'headframe.v1.StreamData' as const, stream, data: chunk.data };
    await call.requests.write(message({ case: 'data', value }));
  }
}

async function feed(responses: AsyncIterable<TunnelResponse>, session: ExecSession): Promise<void> {
  for await (const { message: input } of responses) {
    if (input.case === 'stdin') await session.write(input.value);
    else if (input.case === 'stdinEnd') session.end();
    else if (input.case === 'resize') await session.resize(input.value.columns, input.value.rows);
  }
}

async function drain(responses: AsyncIterable<unknown>): Promise<void> {
  try {
    const iterator = responses[Symbol.asyncIterator]();
    while ((await iterator.next()).done !== true);
  } catch {
    // The exec's own reader holds the iterator, or the coordinator hung up first: either way the tunnel is over.
  }
}

function message(value: TunnelRequest['message']): TunnelRequest {
  return create(TunnelRequestSchema, { message: value });
}
