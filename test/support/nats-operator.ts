import { createHash } from 'node:crypto';
import { nkeys } from 'nats';

/** What of the library's keys is used. */
interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

// The library declares no types of its keys.
const keys = nkeys as Readonly<Record<'createOperator' | 'createAccount' | 'createUser', () => KeyPair>>;

const UNLIMITED = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };

/** What servers believe that trust an operator, and the file by which one of its users is known. */
export interface NatsOperator {
  /** Lines of each server's configuration. */
  readonly config: string;
  /** As `nsc` writes it: the user's JWT and seed. */
  readonly credentials: string;
}

/** Makes an operator, an account with JetStream, and a user with these rights: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/jwt */
export function makeOperator(allowed: readonly string[]): NatsOperator {
  const [operator, account, user] = [keys.createOperator(), keys.createAccount(), keys.createUser()];
  // Servers with JetStream want one of their own.
  const system = keys.createAccount();
  const systemToken = tokenOf(operator, system, { type: 'account', version: 2, limits: UNLIMITED });
  const operatorToken = tokenOf(operator, operator, { type: 'operator', version: 2 });
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const accountToken = tokenOf(operator, account, {
    type: 'account',
    version: 2,
    limits: { ...UNLIMITED, ...storage },
  });
  const rights = { pub: { allow: allowed }, sub: { allow: ['_INBOX.>'] } };
  const userToken = tokenOf(account, user, { type: 'user', version: 2, subs: -1, data: -1, payload: -1, ...rights });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: [
      `operator: "${operatorToken}"`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload: { ${account.getPublicKey()}: "${accountToken}", ${system.getPublicKey()}: "${systemToken}" }`,
    ].join('\n'),
    credentials: [
      ...['-----BEGIN NATS USER JWT-----', userToken, '------END NATS USER JWT------', ''],
      ...['-----BEGIN USER NKEY SEED-----', seed, '------END USER NKEY SEED------', ''],
    ].join('\n'),
  };
}

/** A JWT of NATS: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-14.md */
function tokenOf(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const claims = {
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: 'test',
    sub: subject.getPublicKey(),
    nats,
  };
  const jti = createHash('sha256').update(JSON.stringify(claims)).digest('base64url');
  const head = base64(JSON.stringify({ typ: 'JWT', alg: 'ed25519-nkey' }));
  const body = base64(JSON.stringify({ jti, ...claims }));
  return `${head}.${body}.${base64(issuer.sign(Buffer.from(`${head}.${body}`)))}`;
}

function base64(of: string | Uint8Array): string {
  return Buffer.from(of).toString('base64url');
}
