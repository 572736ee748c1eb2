import { z } from 'zod';
import type { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { numberToWire } from '../../common/wire/numbers.js';
import type { RotationView } from '../security/rotation/index.js';
import type { AccessHandlerParts } from './access-parts.js';
import { checked } from './checked.js';

type Handlers = Pick<ServiceImplementation<typeof AccessService>, 'getAuthority' | 'rotateAuthority'>;

const rotationSchema = z.object({
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits, as headframe authority show prints them'),
  retire: z.boolean(),
  force: z.boolean(),
});

/** Of each list no more are named; how many there are is told. */
const MOST_NAMED = 100;

/** How the authority is shown and replaced. */
export function authorityHandlers({ secure }: Pick<AccessHandlerParts, 'secure'>): Handlers {
  return {
    getAuthority: () => Promise.resolve(toWire(secure().rotation.view())),
    rotateAuthority: async (asked, { caller }) => {
      const { rotation } = secure();
      const { digest, retire, force } = checked(rotationSchema, asked);
      const by = caller.name;
      await (retire ? rotation.retire(digest, { force, by }) : rotation.rotate(digest, by));
      return toWire(rotation.view());
    },
  };
}

function toWire({ current, former }: RotationView) {
  return { current: authorityToWire(current), ...(former === undefined ? {} : { former: formerToWire(former) }) };
}

function formerToWire(former: NonNullable<RotationView['former']>) {
  const { hosts, clients, tokens } = former.needs;
  return {
    authority: authorityToWire(former),
    rotatedAtMs: numberToWire(former.rotatedAtMs, 'rotatedAtMs'),
    hosts: hosts.slice(0, MOST_NAMED),
    hostCount: hosts.length,
    clients: clients.slice(0, MOST_NAMED),
    clientCount: clients.length,
    tokens: tokens.slice(0, MOST_NAMED),
    tokenCount: tokens.length,
  };
}

function authorityToWire({ digest, notBeforeMs, notAfterMs }: RotationView['current']) {
  return {
    digest,
    notBeforeMs: numberToWire(notBeforeMs, 'notBeforeMs'),
    notAfterMs: numberToWire(notAfterMs, 'notAfterMs'),
  };
}
