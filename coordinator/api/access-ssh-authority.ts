import { z } from 'zod';
import type { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { numberToWire } from '../../common/wire/numbers.js';
import type { UserAuthority, UserKeyView } from '../security/ssh/index.js';
import type { AccessHandlerParts } from './access-parts.js';
import { checked } from './checked.js';

type Handlers = Pick<ServiceImplementation<typeof AccessService>, 'getSshAuthority' | 'rotateSshAuthority'>;

const rotationSchema = z.object({
  fingerprint: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'SHA256: and 43 characters, as headframe authority ssh show prints them'),
});

/** Of the leases no more are named; how many there are is told. */
const MOST_NAMED = 100;

/** How the authority of SSH users is shown and replaced. */
export function sshAuthorityHandlers({ secure }: Pick<AccessHandlerParts, 'secure'>): Handlers {
  return {
    getSshAuthority: async () => toWire(await secure().ssh.users.view()),
    rotateSshAuthority: async (asked, { caller }) => {
      const { users } = secure().ssh;
      await users.rotate(checked(rotationSchema, asked).fingerprint, caller.name);
      return toWire(await users.view());
    },
  };
}

function toWire({ current, former }: Awaited<ReturnType<UserAuthority['view']>>) {
  return { current: keyToWire(current), former: former.map(keyToWire) };
}

function keyToWire({ fingerprint, publicKey, leases, rotatedAtMs }: UserKeyView) {
  return {
    ...{ fingerprint, publicKey, leases: leases.slice(0, MOST_NAMED), leaseCount: leases.length },
    rotatedAtMs: numberToWire(rotatedAtMs, 'rotatedAtMs'),
  };
}
