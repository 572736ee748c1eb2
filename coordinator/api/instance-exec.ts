import { create } from '@bufbuild/protobuf';
import { ExecOrderSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { StreamData, TunnelResponse } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { ExecRequest } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { RunCommandRequest } from '../../common/gen/headframe/v1/lease_access_service_pb.js';
import type { HeadframeError } from '../../common/model/error.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { notRunning } from '../router/index.js';
import type { Tunnel } from '../sessions/index.js';
import { hostOf, readTunnel } from './instance-tunnel.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';

/** What a client sends while a command runs, beginning with the start. */
type CommandRequest = ExecRequest | RunCommandRequest;

/** How a command begins, wherever it is to run. */
type CommandStart = Omit<Extract<CommandRequest['message'], { case: 'start' }>['value'], '$typeName'>;

/** A command that is to run, and what its caller sends besides. */
interface WantedCommand {
  readonly start: CommandStart;
  readonly rest: AsyncIterator<CommandRequest>;
}

/** What comes of a command: its output, then its exit code. */
type CommandAnswer =
  { readonly case: 'data'; readonly value: StreamData } | { readonly case: 'exitCode'; readonly value: number };

/** Reads how a command begins. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export async function readCommandStart<Request extends CommandRequest>(
  requests: AsyncIterator<Request>,
): Promise<Extract<Request['message'], { case: 'start' }>['value']> {
  const first = await requests.next();
  const message: CommandRequest['message'] | undefined = first.done === true ? undefined : first.value.message;
  if (message?.case !== 'start') throw invalidRequest({ path: 'message', expected: 'start, as the first message' });
  if (message.value.command.length === 0)
    throw invalidRequest({ path: 'start.command', expected: 'a program and its arguments' });
  return message.value;
}

/**
 * Runs a command in an instance through a tunnel to its host. Throws `HeadframeError`: failed_precondition ('not_running', or
 * the agent's reason), unavailable ('tunnel_broken'), invalid_argument for input that has no place in it.
 */
export async function* runInInstance(
  { sessions }: Pick<HandlerParts, 'sessions'>,
  record: InstanceRecord,
  { start, rest }: WantedCommand,
  signal: AbortSignal,
): AsyncGenerator<CommandAnswer, void, undefined> {
  if (record.state !== 'running') throw notRunning(record);
  const { command, tty, stdin, columns, rows } = start;
  const wanted = { serial: BigInt(record.serial), command, tty, stdin, columns, rows };
  const order = { case: 'exec' as const, value: create(ExecOrderSchema, wanted) };
  const tunnel = await sessions.openTunnel(hostOf(record), order, signal);
  const input = new CommandInput(tunnel, rest);
  for await (const message of input.guard(readTunnel(tunnel, signal))) {
    if (message.case === 'data') yield message;
    else yield { case: 'exitCode', value: message.value.code };
  }
}

/** Passes a client's input on to its command; a message that has no place in it ends the whole call. */
class CommandInput {
  readonly #tunnel: Tunnel;
  #error: HeadframeError | undefined;

  constructor(tunnel: Tunnel, requests: AsyncIterator<CommandRequest>) {
    this.#tunnel = tunnel;
    // What breaks it is the end of the client's call or of the tunnel, which the output tells.
    void this.#forward(requests).catch(() => undefined);
  }

  /** The output, or the error that the input ended with. */
  async *guard<T>(output: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    try {
      yield* output;
    } catch (error) {
      throw this.#error ?? error;
    }
  }

  async #forward(requests: AsyncIterator<CommandRequest>): Promise<void> {
    for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
      const { message } = next.value;
      if (message.case === 'start' || message.case === undefined) {
        this.#error = invalidRequest({ path: 'message', expected: 'stdin, stdin_end or resize' });
        this.#tunnel.close();
        return;
      }
      await this.#tunnel.outgoing.write({ message } satisfies { message: TunnelResponse['message'] });
    }
    await this.#tunnel.outgoing.write({ message: { case: 'stdinEnd', value: true } });
  }
}
