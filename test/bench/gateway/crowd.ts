import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Clients that hear events over WebSockets of their own. */
export class Crowd {
  readonly #sockets: WebSocket[] = [];
  #heard: (text: string) => void = () => undefined;

  /** Connects so many to `host:port` in clear, and has each listen to all events from now on. */
  static async connect(address: string, size: number): Promise<Crowd> {
    const crowd = new Crowd();
    for (let begun = 0; begun < size; begun += 100)
      await Promise.all(Array.from({ length: Math.min(100, size - begun) }, () => crowd.#join(address)));
    return crowd;
  }

  /** Milliseconds from `cause` until each of them had what it tells, which holds `mark`. */
  async time(mark: string, cause: () => Promise<unknown>): Promise<number[]> {
    const taken: number[] = [];
    const beganMs = performance.now();
    const all = new Promise<void>((resolve) => {
      this.#heard = (text) => {
        if (!text.includes(mark)) return;
        taken.push(performance.now() - beganMs);
        if (taken.length === this.#sockets.length) resolve();
      };
    });
    await cause();
    await all;
    return taken;
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  async #join(address: string): Promise<void> {
    const socket = new WebSocket(`ws://${address}/v1/ws`, ['headframe.v1'], { perMessageDeflate: false });
    this.#sockets.push(socket);
    await once(socket, 'open');
    const told = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'subscribe', id: 'all', topic: 'events', from: '0' }));
    await told;
    socket.on('message', (data: Buffer) => {
      this.#heard(data.toString('latin1'));
    });
  }
}
