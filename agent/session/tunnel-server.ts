import { create } from '@bufbuild/protobuf';
import { OutputStream, TunnelRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type {
  AgentService,
  DialOrder,
  ExecOrder,
  LogsOrder,
  TunnelOrder,
  TunnelRequest,
  TunnelResponse,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { PlotsOrder } from '../../common/gen/headframe/v1/plot_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { BidiCall, Client } from '../../common/rpc/index.js';
import type { ChallengeDesk } from '../challenge/index.js';
import { onAbort } from '../runtime/on-abort.js';
import type { ExecSession, OutputChunk, Runtime } from '../runtime/runtime.js';
import { challengeLinkOf } from './challenge-link.js';

/** The parts that tunnels work with. */
export interface TunnelParts {
  /** A client on a connection of its own, so that control messages never wait behind bulk data. */
  readonly client: Client<typeof AgentService>;
  readonly hostId: string;
  readonly runtime: Pick<Runtime, 'logs' | 'buildLog' | 'exec'>;
  /** Connects to a port of an instance's container. */
  readonly dial: (serial: number, containerPort: number, signal: AbortSignal) => Promise<ExecSession>;
  /** Who answers challenges. */
  readonly challenges: Pick<ChallengeDesk, 'serve'>;
  /** Answers what is asked of the plots of the host. */
  readonly plots: (order: PlotsOrder) => Promise<Uint8Array>;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Call = BidiCall<typeof AgentService.method.tunnel.input, typeof AgentService.method.tunnel.output>;

// A reader of logs that goes away frees its place at once; more than this many at a time is abuse.
const MAX_TUNNELS = 256;
/** Tunnels opened at once only to say that there is no room; beyond them silence has to do. */
const MAX_REFUSALS = 64;
/** A coordinator that has been told all may take this long to end the call. */
const LINGER_MS = 10_000;
const PIECE_BYTES = 256 * 1024;

/** Opens the tunnels that the coordinator orders and serves logs and commands through them. */
export class TunnelServer {
  readonly #parts: TunnelParts;
  readonly #open = new Set<Promise<void>>();
  readonly #refusing = new Set<Promise<void>>();
  readonly #closed = new AbortController();

  constructor(parts: TunnelParts) {
    this.#parts = parts;
  }

  /** Opens a tunnel and serves it to its end; failures are told to the coordinator through it. Never throws. */
  open(order: TunnelOrder): void {
    if (this.#closed.signal.aborted) return;
    const hasRoom = this.#open.size < MAX_TUNNELS;
    const places = hasRoom ? this.#open : this.#refusing;
    if (!hasRoom && places.size >= MAX_REFUSALS) return;
    const serving = this.#serve(order, hasRoom).finally(() => places.delete(serving));
    places.add(serving);
  }

  /** Hangs up: what is read and run for the coordinator ends, too. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled([...this.#open, ...this.#refusing]);
  }

  async #serve(order: TunnelOrder, hasRoom: boolean): Promise<void> {
    const over = new AbortController();
    const end = (): void => {
      over.abort();
    };
    const letGo = onAbort(this.#closed.signal, end);
    try {
      const call = this.#parts.client.tunnel({ signal: over.signal });
      // The coordinator hangs up: nobody reads what is printed, or waits for what runs.
      call.requests.onEnd(end);
      await this.#serveCall(call, order, hasRoom ? over.signal : undefined);
    } catch (error) {
      this.#parts.logger.debug({ err: error, tunnel: order.tunnelId }, 'tunnel ended');
    } finally {
      end();
      letGo();
    }
  }

  /** `signal` is undefined where there is no room for what was ordered. */
  async #serveCall(call: Call, order: TunnelOrder, signal: AbortSignal | undefined): Promise<void> {
    const { tunnelId } = order;
    const hello = { $typeName: 'headframe.v1.TunnelHello' as const, tunnelId, hostId: this.#parts.hostId };
    await call.requests.write(message({ case: 'hello', value: hello }));
    try {
      if (signal === undefined) throw noRoom();
      const code = await this.#fulfil(call, order.purpose, signal);
      await call.requests.write(message({ case: 'exit', value: { $typeName: 'headframe.v1.TunnelExit', code } }));
    } catch (error) {
      if (call.requests.closed) return;
      const { reason, message: text } = toHeadframeError(error);
      await call.requests.write(
        message({ case: 'failure', value: { $typeName: 'headframe.v1.TunnelFailure', reason, text } }),
      );
    }
    await this.#linger(call);
  }

  /** The call is the coordinator's to end once it has read the last word. */
  async #linger(call: Call): Promise<void> {
    const cancelTimer = this.#parts.clock.setTimer(() => {
      call.cancel();
    }, LINGER_MS);
    try {
      await call.requests.flush();
      call.requests.end();
      await drain(call.responses);
    } finally {
      cancelTimer();
    }
  }

  async #fulfil(call: Call, purpose: TunnelOrder['purpose'], signal: AbortSignal): Promise<number> {
    switch (purpose.case) {
      case 'logs':
        await this.#logs(call, purpose.value, signal);
        return 0;
      case 'exec':
        return await this.#exec(call, purpose.value, signal);
      case 'dial':
        return await this.#dial(call, purpose.value, signal);
      case 'challenge':
        await this.#parts.challenges.serve(purpose.value, challengeLinkOf(call), signal);
        return 0;
      case 'plots':
        await sendAll(call, await this.#parts.plots(purpose.value));
        return 0;
      case undefined:
        throw new HeadframeError({
          code: 'unimplemented',
          reason: 'not_supported',
          message: 'the coordinator ordered a tunnel for a purpose that this agent does not know',
        });
    }
  }

  async #logs(call: Call, order: LogsOrder, signal: AbortSignal): Promise<void> {
    const query = {
      follow: order.follow,
      tail: order.tail,
      sinceMs: Number(order.sinceMs),
      timestamps: order.timestamps,
    };
    const { runtime } = this.#parts;
    if (order.buildOf === '') await forward(call, runtime.logs(Number(order.serial), query, signal));
    else await forward(call, runtime.buildLog?.(order.buildOf, order.follow, signal) ?? noBuilds());
  }

  async #dial(call: Call, { serial, containerPort }: DialOrder, signal: AbortSignal): Promise<number> {
    const session = await this.#parts.dial(Number(serial), containerPort, signal);
    // Ends with the call.
    void feed(call.responses, session).catch(() => undefined);
    await forward(call, session.output);
    await sendChunk(call, NO_MORE);
    return await session.exitCode();
  }

  async #exec(call: Call, order: ExecOrder, signal: AbortSignal): Promise<number> {
    const { command, tty, stdin, columns, rows } = order;
    const session = await this.#parts.runtime.exec(
      Number(order.serial),
      { command, tty, stdin, columns, rows },
      signal,
    );
    // Ends with the call.
    void feed(call.responses, session).catch(() => undefined);
    await forward(call, session.output);
    return await session.exitCode();
  }
}

/** A chunk without bytes. */
const NO_MORE: OutputChunk = { stream: 'stdout', data: new Uint8Array() };

/** Writes wait for room, so a reader that is slow slows the source and nothing piles up. */
async function forward(call: Call, output: AsyncIterable<OutputChunk>): Promise<void> {
  for await (const chunk of output) await sendChunk(call, chunk);
}

/** In pieces well below what a message may have. */
async function sendAll(call: Call, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    await sendChunk(call, { stream: 'stdout', data: bytes.subarray(at, at + PIECE_BYTES) });
}

async function sendChunk(call: Call, chunk: OutputChunk): Promise<void> {
  const stream = chunk.stream === 'stdout' ? OutputStream.STDOUT : OutputStream.STDERR;
  const value = { $typeName: 'headframe.v1.StreamData' as const, stream, data: chunk.data };
  await call.requests.write(message({ case: 'data', value }));
}

/** Reads to the end of the call even when the command takes no more, for leaving early would cancel its output, too. */
async function feed(responses: AsyncIterable<TunnelResponse>, session: ExecSession): Promise<void> {
  let takesInput = true;
  for await (const { message: input } of responses) {
    // A terminal that is gone is not resized any more; the command's end will tell.
    if (input.case === 'resize') await session.resize(input.value.columns, input.value.rows).catch(() => undefined);
    if (!takesInput) continue;
    if (input.case === 'stdinEnd') session.end();
    if (input.case !== 'stdin') continue;
    takesInput = await session.write(input.value).then(
      () => true,
      () => false,
    );
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

function noBuilds(): never {
  throw new HeadframeError({ code: 'unimplemented', reason: 'not_supported', message: 'this agent builds no images' });
}

function noRoom(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_tunnels',
    message: `${String(MAX_TUNNELS)} log and exec calls are open on this host already`,
    remedy: 'Close some, or try again later.',
  });
}

function message(value: TunnelRequest['message']): TunnelRequest {
  return create(TunnelRequestSchema, { message: value });
}
