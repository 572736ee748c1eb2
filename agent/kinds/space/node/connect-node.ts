import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where a node listens. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** By what nodes are known. */
export interface TlsTrust {
  /** PEM; undefined for the authorities that Node.js trusts. */
  readonly authorities: Buffer | undefined;
}

/** A connection that is being made. */
export interface Connecting {
  readonly socket: Socket;
  /** The event after which it may be written to: with TLS only when the node has shown that it is the one meant. */
  readonly opened: 'connect' | 'secureConnect';
}

/** Begins a connection to a node. */
export function connectNode({ host, port }: NodeAddress, tls: TlsTrust | undefined): Connecting {
  if (tls === undefined) return { socket: connect({ host, port }), opened: 'connect' };
  const { authorities } = tls;
  const trust = authorities === undefined ? {} : { ca: authorities };
  // An address is no name that a server could be asked for by; the certificate has to hold it all the same.
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectTls({ host, port, minVersion: 'TLSv1.2', ...trust, ...name });
  return { socket, opened: 'secureConnect' };
}
