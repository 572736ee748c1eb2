import { toBinary } from '@bufbuild/protobuf';
import { z } from 'zod';
import { CredentialSchema } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { CredentialView } from '../../common/model/access.js';
import type { Caller } from '../../common/model/caller.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { ROLE, credentialToWire } from '../../common/wire/client.js';
import { numberToWire } from '../../common/wire/numbers.js';
import { allCredentials, findCredential, revokeCredentials } from '../security/credentials/index.js';
import { requestField } from './access-parts.js';
import type { AccessHandlerParts } from './access-parts.js';
import { tokenView } from './access-tokens.js';
import { checked } from './checked.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import { takePage } from './paging.js';
import { invalidRequest } from './refuse.js';

type Handlers = Pick<
  ServiceImplementation<typeof AccessService>,
  'login' | 'whoAmI' | 'listCredentials' | 'revokeCredential'
>;

// The token is of any form: what is none is unknown, and no violation must show it.
const loginSchema = z.object({ token: z.string(), certificateRequest: requestField });

/** How people and programs log in, and how what they prove themselves with is shown and revoked. */
export function credentialHandlers({ fleet, clock, secure }: AccessHandlerParts): Handlers {
  return {
    login: async (asked, { peer }) => {
      const { credentials, authority } = secure();
      const { token, certificateRequest } = checked(loginSchema, asked);
      const given = await credentials.login({ shown: token, request: certificateRequest, peer });
      const { certificate, role, name = '', namespaces = [], notAfterMs } = given;
      const grant = { role: ROLE.toWire(role), name, namespaces: [...namespaces] };
      const expiresAtMs = numberToWire(notAfterMs, 'expiresAtMs');
      return { certificate, authorities: authority.bundle, ...grant, expiresAtMs };
    },
    whoAmI: (_asked, { caller }) =>
      Promise.resolve(whoIs(caller, findCredential(fleet, caller.credential, clock.nowMs()))),
    listCredentials: async ({ ofHosts, includeEnded, ...page }) => {
      secure();
      const isWanted = ({ hostId, state }: CredentialView) =>
        (hostId !== undefined) === ofHosts && (includeEnded || state === 'valid');
      const { value } = await readDurably(fleet, () =>
        takePage(page, {
          list: `credentials ${String(ofHosts)} ${String(includeEnded)}`,
          after: (key) => inOrder([...allCredentials(fleet, clock.nowMs())].filter(isWanted), keyOf, key),
          keyOf,
          toItem: credentialToWire,
          bytesOf: (item) => toBinary(CredentialSchema, item).length,
        }),
      );
      return { credentials: [...value.items], nextPageToken: value.next };
    },
    revokeCredential: async ({ which, force }, { caller }) => {
      secure();
      const { case: kind, value: text } = which;
      if (kind === undefined) throw invalidRequest({ path: 'which', value: '', expected: 'an id or a name' });
      const named = kind === 'id' ? { id: text.toLowerCase() } : { name: text };
      const { value, durable } = fleet.transact((tx) => revokeCredentials(tx, { which: named, force, caller }));
      await durable;
      const tokens = value.tokens.map((token) => tokenView(token, clock.nowMs()));
      return { revoked: value.credentials.map(credentialToWire), tokens };
    },
  };
}

const keyOf = ({ name, hostId = name, id }: CredentialView): string => `${hostId} ${id}`;

function whoIs({ role, name, namespaces = [], credential, hostId = '' }: Caller, known: CredentialView | undefined) {
  const expiresAtMs = numberToWire(known?.expiresAtMs ?? 0, 'expiresAtMs');
  return { role: ROLE.toWire(role), name, namespaces: [...namespaces], credential, host: hostId, expiresAtMs };
}
