import { z } from 'zod';
import { TokenKind as WireKind } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { AccessService, CreateTokenRequest } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { TokenRecord } from '../../common/model/access.js';
import { labelsField } from '../../common/model/schema/index.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { ROLE, TOKEN_KIND, tokenToWire } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { grantRefused, kindOf, mayGive, stateOf, wrongNamespaces } from '../security/credentials/index.js';
import type { AccessHandlerParts } from './access-parts.js';
import { checked } from './checked.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';

type Handlers = Pick<ServiceImplementation<typeof AccessService>, 'createToken' | 'listTokens' | 'revokeToken'>;

const DAY_MS = 86_400_000;
const MOST_NAMESPACES = 100;

const tokenSchema = z
  .object({
    kind: z.enum(['enrolment', 'bearer']),
    role: z.enum(['admin', 'operator', 'viewer', 'scheduler', 'renter', 'agent']),
    ttlMs: z
      .int()
      .min(60_000, 'at least a minute')
      .max(366 * DAY_MS, 'at most a year'),
    uses: z.int().min(0).max(10_000),
    labels: labelsField,
    name: z.string().regex(/^(?:[A-Za-z0-9][A-Za-z0-9._@-]{0,62})?$/, '1-63 letters, digits and . _ @ -'),
    namespaces: z
      .array(z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'the name of a namespace'))
      .max(MOST_NAMESPACES)
      .optional(),
  })
  .superRefine((token, context) => {
    for (const [path, expected] of wrongsOf(token))
      context.addIssue({ code: 'custom', path: [path], message: expected });
  });

type TokenWish = z.output<typeof tokenSchema>;

/** How tokens are made, shown and revoked; nobody makes or revokes one of more than they have. */
export function tokenHandlers({ fleet, clock, secure }: AccessHandlerParts): Handlers {
  const view = (token: TokenRecord) => tokenView(token, clock.nowMs());
  return {
    createToken: async (asked, { caller }) => {
      const { credentials, authority } = secure();
      const { namespaces, ...wish } = checked(tokenSchema, wishOf(asked));
      const request = { ...wish, namespaces: namespaces && [...new Set(namespaces)].sort(), createdBy: caller.name };
      if (!mayGive(caller, request)) throw grantRefused(request, 'give');
      const { token, shown } = await credentials.createToken(request);
      return { token: view(token), credential: shown, authority: authority.digest };
    },
    listTokens: async () => {
      secure();
      const byAge = ({ createdAtMs, id }: TokenRecord) => `${String(createdAtMs).padStart(16, '0')} ${id}`;
      const { value } = await readDurably(fleet, () => inOrder(fleet.tokens(), byAge).map(view));
      return { tokens: value };
    },
    revokeToken: async ({ id }, { caller }) => {
      const token = await secure().credentials.revokeToken(id, (found) => {
        if (!mayGive(caller, found)) throw grantRefused(found, 'revoke');
      });
      return { token: view(token) };
    },
  };
}

/** A token on the wire. */
export function tokenView(token: TokenRecord, nowMs: number) {
  return tokenToWire({ ...token, kind: kindOf(token), state: stateOf(token, nowMs) });
}

function wishOf({ role, kind, ttlMs, uses, labels, name, namespaces }: CreateTokenRequest): unknown {
  return {
    ...{ uses, labels, name },
    role: ROLE.fromWire(role, 'role'),
    kind: kind === WireKind.UNSPECIFIED ? 'enrolment' : TOKEN_KIND.fromWire(kind, 'kind'),
    ttlMs: numberFromWire(ttlMs, 'ttlMs'),
    ...(namespaces.length === 0 ? {} : { namespaces }),
  };
}

/** What does not go together, and what is expected instead. */
function wrongsOf({ kind, role, ttlMs, uses, labels, name, namespaces }: TokenWish): [string, string][] {
  const isBearer = kind === 'bearer';
  const isHost = role === 'agent';
  const held = wrongNamespaces({ role, namespaces });
  const all: [boolean, string, string][] = [
    [isBearer && isHost, 'kind', 'an enrolment token: a host proves itself by a certificate of its own'],
    [isBearer && ttlMs > 90 * DAY_MS, 'ttlMs', 'at most 90 days for a bearer token'],
    [isBearer && uses !== 0, 'uses', 'none for a bearer token'],
    [!isBearer && uses === 0, 'uses', '1 or more'],
    [isHost && name !== '', 'name', 'none: a host is known by its id'],
    [!isHost && Object.keys(labels).length > 0, 'labels', 'none: only hosts have labels'],
    [held !== undefined, 'namespaces', held ?? ''],
  ];
  return all.flatMap(([isWrong, path, expected]) => (isWrong ? [[path, expected]] : []));
}
