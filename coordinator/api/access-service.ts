import { z } from 'zod';
import type { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { authorityHandlers } from './access-authority.js';
import { credentialHandlers } from './access-credentials.js';
import { requestField } from './access-parts.js';
import type { AccessParts } from './access-parts.js';
import { sshAuthorityHandlers } from './access-ssh-authority.js';
import { tokenHandlers } from './access-tokens.js';
import { checked } from './checked.js';

const joinSchema = z.object({
  // Of any form: what is no token is unknown, and no violation must show it.
  token: z.string(),
  hostId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1-63 letters, digits and . _ -'),
  certificateRequest: requestField,
});
const renewalSchema = z.object({ certificateRequest: requestField });

/** The service by which hosts join, people log in, and both keep their certificates. */
export function accessService({ fleet, clock, access }: AccessParts): ServiceImplementation<typeof AccessService> {
  const secure = () => access ?? refusePlaintext();
  const parts = { fleet, clock, secure };
  return {
    join: async (asked, { peer }) => {
      const { credentials, authority } = secure();
      const { token, hostId, certificateRequest } = checked(joinSchema, asked);
      const certificate = await credentials.join({ shown: token, hostId, request: certificateRequest, peer });
      return { certificate, authorities: authority.bundle };
    },
    renewCertificate: async (asked, { caller }) => {
      const { credentials, authority } = secure();
      const certificate = await credentials.renew(caller, checked(renewalSchema, asked).certificateRequest);
      return { certificate, authorities: authority.bundle };
    },
    rejoin: async (asked, { caller }) => {
      const { credentials, authority } = secure();
      const certificate = await credentials.rejoin(caller, checked(renewalSchema, asked).certificateRequest);
      return { certificate, authorities: authority.bundle };
    },
    ...authorityHandlers(parts),
    ...sshAuthorityHandlers(parts),
    ...tokenHandlers(parts),
    ...credentialHandlers(parts),
  };
}

function refusePlaintext(): never {
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'security_plaintext',
    message: 'this coordinator serves in clear: there is nothing to join',
    remedy: 'Start it without --insecure-loopback.',
  });
}
