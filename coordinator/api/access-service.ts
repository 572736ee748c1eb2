import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { TokenRecord } from '../../common/model/access.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { checkSchema, labelsField } from '../../common/model/schema/index.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { ROLE, tokenToWire } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import type { FleetPort } from '../fleet/port.js';
import { Credentials, JoinLimiter, noHost, stateOf } from '../security/credentials/index.js';
import type { HostAuthority } from '../security/credentials/index.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import { invalidRequest } from './refuse.js';

/** What the authority is to hosts. */
interface AuthorityView extends HostAuthority {
  /** `sha256:` and the digest in hex of its public key. */
  readonly digest: string;
  /** All authorities to trust, in PEM. */
  readonly bundle: string;
}

/** What the service works with. */
export interface AccessParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  /** What trust is given by; undefined where the coordinator serves in clear. */
  readonly authority?: AuthorityView | undefined;
}

const request = z.string().min(1).max(8192);
const joinSchema = z.object({
  // Of any form: what is no token is unknown, and no violation must show it.
  token: z.string(),
  hostId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1-63 letters, digits and . _ -'),
  certificateRequest: request,
});
const renewalSchema = z.object({ certificateRequest: request });
const tokenSchema = z.object({
  ttlMs: z
    .int()
    .min(60_000, 'at least a minute')
    .max(366 * 86_400_000, 'at most a year'),
  uses: z.int().min(1).max(10_000),
  labels: labelsField,
});

/** The service by which hosts join and keep their certificates, and operators make tokens. */
export function accessService({ fleet, clock, authority }: AccessParts): ServiceImplementation<typeof AccessService> {
  const access = authority && { authority, credentials: credentialsOf({ fleet, clock, authority }) };
  const secure = () => access ?? refusePlaintext();
  const view = (token: TokenRecord) => tokenToWire({ ...token, state: stateOf(token, clock.nowMs()) });
  return {
    join: async (asked, { peer }) => {
      const { credentials, authority } = secure();
      const { token, hostId, certificateRequest } = checked(joinSchema, asked);
      const certificate = await credentials.join({ shown: token, hostId, request: certificateRequest, peer });
      return { certificate, authorities: authority.bundle };
    },
    renewCertificate: async (asked, { caller }) => {
      const { credentials, authority } = secure();
      if (caller.hostId === undefined) throw noHost();
      const renewal = { hostId: caller.hostId, serial: caller.credential };
      const { certificateRequest } = checked(renewalSchema, asked);
      const certificate = await credentials.renew({ ...renewal, request: certificateRequest });
      return { certificate, authorities: authority.bundle };
    },
    createToken: async ({ role, ttlMs, uses, labels }, { caller }) => {
      const { credentials, authority } = secure();
      ROLE.fromWire(role, 'role');
      const said = checked(tokenSchema, { ttlMs: numberFromWire(ttlMs, 'ttlMs'), uses, labels });
      const { token, shown } = await credentials.createToken({ ...said, createdBy: caller.name });
      return { token: view(token), credential: shown, authority: authority.digest };
    },
    listTokens: async () => {
      secure();
      const byAge = ({ createdAtMs, id }: TokenRecord) => `${String(createdAtMs).padStart(16, '0')} ${id}`;
      const { value } = await readDurably(fleet, () => inOrder(fleet.tokens(), byAge).map(view));
      return { tokens: value };
    },
    revokeToken: async ({ id }) => ({ token: view(await secure().credentials.revokeToken(id)) }),
  };
}

function credentialsOf(
  parts: Pick<AccessParts, 'fleet' | 'clock'> & { readonly authority: HostAuthority },
): Credentials {
  return new Credentials({ ...parts, limiter: new JoinLimiter(parts.clock), random: randomBytes });
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = checkSchema(schema, value);
  if ('value' in result) return result.value;
  throw invalidRequest(...result.violations);
}

function refusePlaintext(): never {
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'security_plaintext',
    message: 'this coordinator serves in clear: there is nothing to join',
    remedy: 'Start it with --security-mode tls.',
  });
}
