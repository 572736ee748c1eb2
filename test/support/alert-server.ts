import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was posted. */
export interface Posted {
  readonly verb: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook on the loopback that writes down what it is sent. */
export class AlertServer implements AsyncDisposable {
  readonly posted: Posted[] = [];
  /** What it answers; undefined for nothing, ever. */
  status: number | undefined = 204;
  /** Connections that it was sent. */
  connections = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (text: string) => (body += text));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        this.posted.push({ verb: method, path: url, headers, body });
        if (this.status !== undefined) response.writeHead(this.status, { location: '/elsewhere' }).end();
      });
    });
    this.#server.on('connection', () => (this.connections += 1));
  }

  /** Serves on a free port of 127.0.0.1. */
  static async open(): Promise<AlertServer> {
    const made = new AlertServer();
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get port(): number {
    // A TCP server has an address with a port.
    return (this.#server.address() as AddressInfo).port;
  }

  /** `<state> <reason> <about>` of all that it was told, in order. */
  get heard(): string[] {
    return this.posted.flatMap(({ body }) => {
      const { alerts } = JSON.parse(body) as { alerts: { state: string; reason: string; about: string }[] };
      return alerts.map(({ state, reason, about }) => `${state} ${reason} ${about}`.trim());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
