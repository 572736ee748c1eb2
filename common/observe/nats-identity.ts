import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

/** What of TLS's options says whose certificate is believed. */
interface IdentityCheck {
  readonly checkServerIdentity?: (asked: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * The library has the names of servers checked, but for one that is called by its address takes `localhost`. Where there are
 * such, a certificate has to be of any of the servers.
 */
export function identityCheck(servers: readonly string[]): IdentityCheck {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''));
  if (!hosts.some((host) => isIP(host) !== 0)) return {};
  return {
    checkServerIdentity: (_asked, certificate) => {
      const faults = hosts.map((host) => checkServerIdentity(host, certificate));
      return faults.includes(undefined) ? undefined : faults[0];
    },
  };
}
