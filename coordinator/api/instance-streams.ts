import { create } from '@bufbuild/protobuf';
import { ExecOrderSchema, LogsOrderSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { TunnelResponse } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { ExecRequest, ExecStart, FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { HeadframeError } from '../../common/model/error.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import type { Tunnel } from '../sessions/index.js';
import { findInstance } from './find.js';
import { requireLeaseOwner } from './lease-owner.js';
import { hostOf, notRunning, readTunnel } from './instance-tunnel.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';

/** The handlers that reach into an instance through a tunnel to its host. */
type InstanceStreams = Pick<ServiceImplementation<typeof FleetService>, 'streamLogs' | 'exec'>;

/** Makes the handlers. */
export function instanceStreams({ fleet, scopes, sessions }: HandlerParts): InstanceStreams {
  return {
    async *streamLogs({ instance, follow, tail, sinceMs, timestamps }, { signal, caller }) {
      const record = findInstance(scopes.of(caller).fleet, instance);
      const serial = BigInt(record.serial);
      const wanted = { serial, follow, sinceMs, timestamps, ...(tail === undefined ? {} : { tail }) };
      const order = { case: 'logs' as const, value: create(LogsOrderSchema, wanted) };
      const tunnel = await sessions.openTunnel(hostOf(record), order, signal);
      for await (const message of readTunnel(tunnel, signal))
        if (message.case === 'data') yield { data: message.value };
    },
    async *exec(requests, { signal, caller }) {
      const rest = requests[Symbol.asyncIterator]();
      const start = await readStart(rest);
      const { namespaces, fleet: seen } = scopes.of(caller);
      const record = findInstance(seen, start.instance);
      // What is in a lease is its owner's.
      if (fleet.workload(record.workloadId)?.lease !== undefined)
        requireLeaseOwner(fleet.lease(record.miner), record.miner, caller, namespaces);
      if (record.state !== 'running') throw notRunning(record);
      const { command, tty, stdin, columns, rows } = start;
      const wanted = { serial: BigInt(record.serial), command, tty, stdin, columns, rows };
      const order = { case: 'exec' as const, value: create(ExecOrderSchema, wanted) };
      const tunnel = await sessions.openTunnel(hostOf(record), order, signal);
      const input = new ExecInput(tunnel, rest);
      for await (const message of input.guard(readTunnel(tunnel, signal))) {
        if (message.case === 'data') yield { message };
        else yield { message: { case: 'exitCode', value: message.value.code } };
      }
    },
  };
}

async function readStart(requests: AsyncIterator<ExecRequest>): Promise<ExecStart> {
  const first = await requests.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.case !== 'start') throw invalidRequest({ path: 'message', expected: 'start, as the first message' });
  if (message.value.command.length === 0)
    throw invalidRequest({ path: 'start.command', expected: 'a program and its arguments' });
  return message.value;
}

/** Passes a client's input on to its command; a message that has no place in it ends the whole call. */
class ExecInput {
  readonly #tunnel: Tunnel;
  #error: HeadframeError | undefined;

  constructor(tunnel: Tunnel, requests: AsyncIterator<ExecRequest>) {
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

  async #forward(requests: AsyncIterator<ExecRequest>): Promise<void> {
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
