import { createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ZERO, bitString, der, objectId, sequence, setOf, utf8 } from './der.js';

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
/** Of a line of base64 in PEM (RFC 7468). */
const LINE = /.{1,64}/g;

/**
 * A certificate request (PKCS#10, RFC 2986) in PEM for an ECDSA key, signed with it. Written by hand, because an X.509
 * library would cost each agent more memory than a session does.
 */
export function certificateRequest(privateKey: KeyObject, commonName: string): string {
  const name = sequence(setOf(sequence(objectId(COMMON_NAME), utf8(commonName))));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const noAttributes = der(0xa0);
  const info = sequence(ZERO, name, publicKey, noAttributes);
  const signature = sign('sha256', info, privateKey);
  const request = sequence(info, sequence(objectId(ECDSA_WITH_SHA256)), bitString(signature));
  const lines = request.toString('base64').match(LINE) ?? [];
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n');
}
