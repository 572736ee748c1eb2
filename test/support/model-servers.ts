import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ReachPort } from '../../coordinator/router/index.js';

/** How a model answers. */
export type ModelBehaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** A server in the place of a model's container. */
export interface ModelServer {
  behave: ModelBehaviour;
  readonly port: number;
  /** Requests that have begun. */
  readonly asked: IncomingMessage[];
  /** Open connections to it. */
  readonly sockets: Set<Socket>;
}

/** Models behind instances by their serials, as a way to instances reaches them. */
export class ModelServers implements ReachPort {
  readonly #servers = new Map<number, Server>();
  readonly #all: Server[] = [];
  /** Connections that were made, by serial. */
  readonly connects: number[] = [];
  /** In the place of connecting. */
  instead: ((serial: number) => Promise<Duplex>) | undefined;

  /** Has an instance answer. */
  async add(serial: number, behave: ModelBehaviour = answerWith('hello')): Promise<ModelServer> {
    const sockets = new Set<Socket>();
    const asked: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      asked.push(request);
      model.behave(request, response);
    }).on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens has an address with a port.
    const { port } = server.address() as AddressInfo;
    const model: ModelServer = { behave, port, asked, sockets };
    this.#servers.set(serial, server);
    this.#all.push(server);
    return model;
  }

  async connect(serial: number): Promise<Duplex> {
    this.connects.push(serial);
    if (this.instead !== undefined) return this.instead(serial);
    // A server that listens has an address with a port.
    const address = this.#servers.get(serial)?.address() as AddressInfo | null | undefined;
    if (address === null || address === undefined) throw new Error('nobody listens there');
    const socket = connect(address.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  /** Ends all. */
  close(): void {
    for (const server of this.#all) {
      server.close();
      server.closeAllConnections();
    }
  }
}

/** Answers each question so. */
export function answerWith(text: string, status = 200, type = 'text/plain'): ModelBehaviour {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(text);
  };
}
