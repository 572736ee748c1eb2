import { WebSocket } from 'ws';
import type { GatewayFixture } from './gateway-fixture.js';
import { waitFor } from './wait-for.js';

/** A frame of the coordinator, as far as tests look into it. */
export interface LiveFrame {
  readonly type: string;
  readonly id: string;
  readonly revision: string;
  readonly synced: boolean;
  readonly data: unknown;
}

/** A client of a gateway's WebSocket, all that it was told, and how it ended. */
export class LiveListener {
  readonly frames: LiveFrame[] = [];
  code: number | undefined;
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
    // The protocol is what is tested: whatever does not fit a frame fails the test.
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as LiveFrame));
    socket.on('close', (code) => (this.code = code));
    socket.on('error', () => undefined);
  }

  /** Connects to a gateway by a bearer token. */
  static async connect(
    { address, authorities }: Pick<GatewayFixture, 'address' | 'authorities'>,
    token: string,
  ): Promise<LiveListener> {
    const headers = { authorization: `Bearer ${token}` };
    const listener = new LiveListener(new WebSocket(`wss://${address}/v1/ws`, { ca: authorities, headers }));
    await listener.opened();
    return listener;
  }

  async opened(): Promise<void> {
    await waitFor('the connection', () => this.socket.readyState === WebSocket.OPEN || undefined);
  }

  ask(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** Listens to a topic by its own name as the id. */
  subscribe(topic: string, wish: object = {}): void {
    this.ask({ type: 'subscribe', id: topic.replaceAll('/', '.'), topic, ...wish });
  }

  /** The first frame of a topic that passes. */
  wait(topic: string, test: (frame: LiveFrame) => boolean): Promise<LiveFrame> {
    const id = topic.replaceAll('/', '.');
    return waitFor(`a frame of ${topic}`, () => this.frames.find((frame) => frame.id === id && test(frame)));
  }
}
