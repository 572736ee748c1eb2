import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { certificateRequest } from '../../common/enrolment/index.js';
import type { Clock } from '../../common/model/clock.js';
import { Authority } from '../../coordinator/security/authority/authority.js';
import { makeAuthorityCertificate, makeKeyPair, readSigner } from '../../coordinator/security/authority/issue.js';

const DAY_MS = 86_400_000;

/** An authority that lives in memory; its certificates are valid for thirty days. */
export async function makeTestAuthority(clock: Clock): Promise<Authority> {
  const keys = makeKeyPair();
  const certificate = await makeAuthorityCertificate(keys, { nowMs: clock.nowMs(), lifeMs: 3650 * DAY_MS });
  const lives = { agentMs: 30 * DAY_MS, clientMs: 30 * DAY_MS, serverMs: 30 * DAY_MS };
  const signer = await readSigner(certificate.toString('pem'), keys.pkcs8);
  const record = { keep: () => Promise.resolve(), dropFormer: () => Promise.resolve() };
  const readChanged = () => Promise.resolve(undefined);
  return new Authority({ clock, lives, record, readChanged }, { signer, former: undefined });
}

/** A key of a host, with which requests are made. */
export function makeHostKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** A certificate request by that key. */
export function requestBy(key: KeyObject, hostId = 'host-1'): string {
  return certificateRequest(key, hostId);
}
