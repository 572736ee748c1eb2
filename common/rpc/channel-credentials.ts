import { CallCredentials, ChannelCredentials, Metadata } from '@grpc/grpc-js';
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { splitAddress } from '../model/address.js';
import type { Clock } from '../model/clock.js';
import { connectionFaultOf } from './connection-fault.js';
import type { ConnectionFault } from './connection-fault.js';
import { checkPinned } from './pinned.js';
import type { ChannelSecurity } from './security.js';

type ConnectorParameters = Parameters<ChannelCredentials['_createSecureConnector']>;
type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;
type SecureSecurity = Exclude<ChannelSecurity, { readonly kind: 'plaintext' }>;

/** What connections are made with. */
interface CredentialsParts {
  readonly address: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Told after each handshake why it failed; grpc-js hands on no more of an error than its text. */
  readonly onFault: (fault: ConnectionFault | undefined) => void;
  /** Told after each that did not fail. */
  readonly onServer?: ((certificate: X509Certificate) => void) | undefined;
}

/** grpc-js credentials of a client. */
export function channelCredentials(security: ChannelSecurity, parts: CredentialsParts): ChannelCredentials {
  if (security.kind === 'plaintext') return ChannelCredentials.createInsecure();
  return new Tls13Credentials(security, parts);
}

/** TLS 1.3 with the certificates of the moment at each connect; grpc-js's own keep those of the start. */
class Tls13Credentials extends ChannelCredentials {
  readonly #security: SecureSecurity;
  readonly #host: string;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #onFault: CredentialsParts['onFault'];
  readonly #onServer: CredentialsParts['onServer'];

  constructor(security: SecureSecurity, { address, clock, onFault, onServer }: CredentialsParts) {
    super();
    this.#security = security;
    this.#host = hostOf(address);
    this.#clock = clock;
    this.#onFault = onFault;
    this.#onServer = onServer;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(...[, , credentials]: ConnectorParameters): Connector {
    return {
      connect: async (socket) => ({ socket: await this.#connect(socket), secure: true }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => credentials ?? callCredentialsOf(this.#security),
      destroy: () => undefined,
    };
  }

  #connect(socket: Socket): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const secured = connect({ socket, ...this.#options() }, () => {
        const refusal = this.#refusal(secured);
        if (refusal !== undefined) {
          secured.destroy(refusal);
          return;
        }
        this.#onFault(undefined);
        this.#tellServer(secured);
        resolve(secured);
      });
      secured.on('error', (error: Error) => {
        this.#onFault(connectionFaultOf(error));
        reject(error);
      });
      secured.once('close', () => {
        reject(new Error('the connection was closed during its handshake'));
      });
    });
  }

  #options(): ConnectionOptions {
    const fixed = tlsTermsOf(this.#host);
    // Nothing to check it against by the usual way: `checkPinned` does.
    if (digestOf(this.#security) !== undefined) return { ...fixed, rejectUnauthorized: false };
    return { ...fixed, ...proofOf(this.#security) };
  }

  #tellServer(socket: TLSSocket): void {
    if (this.#onServer === undefined) return;
    const certificate = socket.getPeerX509Certificate();
    if (certificate !== undefined) this.#onServer(certificate);
  }

  #refusal(socket: TLSSocket): Error | undefined {
    const digest = digestOf(this.#security);
    if (digest === undefined) return undefined;
    const chain = socket.getPeerCertificate(true);
    return checkPinned(chain, digest, this.#clock.nowMs()) ?? checkServerIdentity(this.#host, chain);
  }
}

/** On what terms a client speaks with a server of that name, whose certificate must be for it. */
export function tlsTermsOf(
  host: string,
): Pick<ConnectionOptions, 'host' | 'servername' | 'ALPNProtocols' | 'minVersion'> {
  // An address is no server name: https://www.rfc-editor.org/rfc/rfc6066#section-3
  const name = isIP(host) === 0 ? { servername: host } : {};
  return { host, ...name, ALPNProtocols: ['h2'], minVersion: 'TLSv1.3' };
}

/** Of the authority by which the server is known; undefined where authorities are. */
function digestOf(security: SecureSecurity): string | undefined {
  if (security.kind === 'pinned') return security.digest;
  return security.kind === 'bearer' && 'digest' in security.trust ? security.trust.digest : undefined;
}

function proofOf(security: SecureSecurity): ConnectionOptions {
  if (security.kind === 'mutual') {
    const { certificate, key, authorities } = security.source.current();
    return { cert: certificate, key, ca: authorities };
  }
  return security.kind === 'bearer' && 'authorities' in security.trust ? { ca: security.trust.authorities } : {};
}

/** grpc-js asks for them once the connection is made, and so once the server is known. */
function callCredentialsOf(security: SecureSecurity): CallCredentials {
  if (security.kind !== 'bearer') return CallCredentials.createEmpty();
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${security.token}`);
  return CallCredentials.createFromMetadataGenerator((_options, done) => {
    done(null, metadata);
  });
}

function hostOf(address: string): string {
  return address.startsWith('unix:') ? 'localhost' : splitAddress(address).host;
}
