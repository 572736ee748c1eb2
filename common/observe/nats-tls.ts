import type { TlsOptions } from 'nats';
import { identityCheck } from './nats-identity.js';

/** PEM files of TLS to NATS; with any of them nothing goes in clear. */
export interface NatsTlsFiles {
  readonly caFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** What a connection to these servers is told of TLS; nothing for one in clear. */
export function natsTlsOf(servers: readonly string[], files: NatsTlsFiles = {}): { readonly tls?: TlsOptions } {
  const { caFile, certificateFile: certFile, keyFile } = files;
  const named = Object.entries({ caFile, certFile, keyFile }).filter(([, file]) => file !== undefined);
  if (named.length === 0 && !servers.some((server) => server.startsWith('tls://'))) return {};
  const pem: TlsOptions = Object.fromEntries(named);
  return { tls: { ...pem, ...identityCheck(servers) } };
}
