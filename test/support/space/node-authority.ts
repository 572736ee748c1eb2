import 'reflect-metadata';
import { KeyUsageFlags } from '@peculiar/x509';
import { makeCertificate } from '../own-authority.js';
import type { NodeCertificate } from './test-node.js';

/** An authority that nodes have certificates of. */
export interface NodeAuthority {
  /** PEM. */
  readonly certificate: string;
  /** A node called by an IP address. */
  certify(address: string): Promise<NodeCertificate>;
}

/** Makes one. */
export async function makeNodeAuthority(name: string): Promise<NodeAuthority> {
  const fromMs = Date.now() - 60_000;
  const issuer = await makeCertificate({ name, fromMs });
  return {
    certificate: issuer.certificate.toString('pem'),
    async certify(address) {
      const usages = KeyUsageFlags.digitalSignature;
      const parts = { name: 'node', issuer, ca: false, usages, addresses: [address], fromMs };
      const { certificate, key } = await makeCertificate(parts);
      return { key, cert: certificate.toString('pem') };
    },
  };
}
