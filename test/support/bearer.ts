import { AccessService, TokenKind } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { Role } from '../../common/model/caller.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { ROLE } from '../../common/wire/client.js';
import type { TestFleet } from './programs.js';

const LIFE_MS = 3_600_000n;

/** A bearer token of a role, `operator-anna` say, in these namespaces, or in all without any. */
export async function bearerOf(fleet: TestFleet, role: Role, ...namespaces: readonly string[]): Promise<string> {
  const channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
  try {
    const wish = {
      role: ROLE.toWire(role),
      kind: TokenKind.BEARER,
      ttlMs: LIFE_MS,
      name: `${role}-anna`,
      namespaces: [...namespaces],
    };
    return (await createClient(AccessService, channel).createToken(wish)).credential;
  } finally {
    channel.close();
  }
}
