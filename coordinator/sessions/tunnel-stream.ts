import { Duplex } from 'node:stream';
import { create } from '@bufbuild/protobuf';
import { DialOrderSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { tunnelFailure } from './tunnel-failure.js';
import type { Tunnel, TunnelPurpose } from './tunnels.js';

/** A port of an instance's container. */
interface DialTarget {
  readonly hostId: string;
  readonly serial: number;
  readonly containerPort: number;
}

/** Connects to ports of instances' containers through their hosts' agents. */
export function dialThrough(sessions: {
  openTunnel(hostId: string, purpose: TunnelPurpose, signal: AbortSignal): Promise<Tunnel>;
}): (target: DialTarget, signal: AbortSignal) => Promise<TunnelStream> {
  return async ({ hostId, serial, containerPort }, signal) => {
    const value = create(DialOrderSchema, { serial: BigInt(serial), containerPort });
    return new TunnelStream(await sessions.openTunnel(hostId, { case: 'dial', value }, signal));
  };
}

/**
 * A tunnel that was opened to dial, as the connection that it carries; destroying it closes the tunnel. What the agent could not do
 * is its error, a `HeadframeError` with the agent's reason.
 */
export class TunnelStream extends Duplex {
  readonly #tunnel: Tunnel;
  #more: () => void = () => undefined;

  constructor(tunnel: Tunnel) {
    super({ allowHalfOpen: true });
    this.#tunnel = tunnel;
    void this.#readAll();
  }

  override _read(): void {
    this.#more();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#tunnel.outgoing.write({ message: { case: 'stdin', value: new Uint8Array(chunk) } }).then(() => {
      done();
    }, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#tunnel.outgoing.write({ message: { case: 'stdinEnd', value: true } }).then(() => {
      done();
    }, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#more();
    this.#tunnel.close();
    done(error);
  }

  async #readAll(): Promise<void> {
    try {
      for await (const { message } of this.#tunnel.incoming) {
        if (this.destroyed || message.case === 'exit') break;
        if (message.case === 'failure') throw tunnelFailure(message.value);
        if (message.case === 'data') await this.#take(message.value.data);
      }
      this.#end();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Without bytes it says that no more come; else it waits for room. */
  async #take(data: Uint8Array): Promise<void> {
    if (data.length === 0) this.#end();
    else if (!this.readableEnded && !this.push(data))
      await new Promise<void>((resolve) => {
        this.#more = resolve;
      });
  }

  #end(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }
}
