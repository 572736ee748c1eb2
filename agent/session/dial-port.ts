import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { HeadframeError } from '../../common/model/error.js';
import type { Assignment } from '../../common/model/workload.js';
import { reachablePort } from '../runtime/instance-port.js';
import type { ExecSession, OutputChunk, Runtime } from '../runtime/runtime.js';

/** A port of an instance that is to be reached. */
export interface InstancePort {
  /** What the host holds by the serial that was asked for. */
  readonly assignment: Assignment | undefined;
  readonly containerPort: number;
  readonly runtime: Pick<Runtime, 'inspect'>;
}

/** In the same machine a port that has not answered by then does not. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to a TCP port that an instance of this host declares, where it listens; nothing else can be reached by it. What is
 * written and read are the connection's bytes; it ends with the signal, or once both sides have ended. Throws `HeadframeError`:
 * not_found ('port_not_held'), failed_precondition ('port_silent').
 */
export async function dialPort(wanted: InstancePort, signal: AbortSignal): Promise<ExecSession> {
  const { assignment, containerPort } = wanted;
  if (assignment === undefined || !hasPort(assignment, containerPort)) throw notHeld(containerPort);
  const found = await wanted.runtime.inspect(assignment.serial, signal);
  if (found === undefined || found.address === '') throw silent(containerPort, 'the container has no address');
  return new Dialled(await connected(found.address, reachablePort(assignment, containerPort), signal), signal);
}

/** A lease has ports of its own alone: what listens on its host is not its tenant's. */
function hasPort({ workload }: Assignment, containerPort: number): boolean {
  const { network, ports } = workload.container;
  if (network === 'none' || (network === 'host' && workload.lease !== undefined)) return false;
  return ports.some((port) => port.protocol === 'tcp' && port.containerPort === containerPort);
}

async function connected(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  // Whoever reads or writes hears of it; when nobody does, nothing is lost.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]) });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw silent(port, cause instanceof Error ? cause.message : String(cause));
  }
}

/** A connection, as what is fed and read like a command. */
class Dialled implements ExecSession {
  readonly output: AsyncIterable<OutputChunk>;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    const end = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    void this.#closed.then(() => {
      signal.removeEventListener('abort', end);
    });
    this.output = chunksOf(socket);
  }

  write(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(data, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  end(): void {
    this.#socket.end();
  }

  async resize(): Promise<void> {
    // No terminal.
  }

  async exitCode(): Promise<number> {
    await this.#closed;
    return 0;
  }
}

async function* chunksOf(socket: Socket): AsyncGenerator<OutputChunk> {
  // What is left to be written goes on once nothing more comes. Without an encoding they are bytes.
  const chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const data of chunks) yield { stream: 'stdout', data };
  } catch {
    socket.destroy(); // a reset is an end, too
  }
}

function notHeld(containerPort: number): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'port_not_held',
    message: `no instance that this host holds by that serial has the TCP port ${String(containerPort)}`,
  });
}

function silent(containerPort: number, why: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'port_silent',
    message: `nothing answers at port ${String(containerPort)} of the container: ${why}`,
  });
}
