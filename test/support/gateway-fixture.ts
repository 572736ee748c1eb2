import { AccessService, TokenKind } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { Role } from '../../common/model/caller.js';
import { createClient } from '../../common/rpc/index.js';
import { ROLE } from '../../common/wire/client.js';
import { openCoordinatorFixture } from './coordinator-fixture.js';
import type { CoordinatorFixture } from './coordinator-fixture.js';
import { adminCertificates } from './host-certificates.js';
import { httpClient } from './http-client.js';
import type { HttpAnswer } from './http-client.js';

/** A coordinator that serves HTTP, and those who call it there. */
export interface GatewayFixture extends CoordinatorFixture {
  readonly address: string;
  readonly authorities: Buffer;
  /** A bearer token of a role. */
  token(role: Role, namespaces?: string[]): Promise<string>;
  /** Makes a request with a token; a body goes as JSON. */
  send(token: string | undefined, line: string, body?: object, headers?: Record<string, string>): Promise<HttpAnswer>;
}

const HOUR = 3_600_000n;

/** Starts one on free ports of 127.0.0.1, with a store of before where one is given. */
export async function openGatewayFixture(
  settings: Readonly<Record<string, unknown>> = {},
  store?: CoordinatorFixture['store'],
): Promise<GatewayFixture> {
  const fixture = await openCoordinatorFixture({ http: { listen: '127.0.0.1:0' }, ...settings }, store);
  const { authorities } = await adminCertificates(fixture.folder);
  const access = createClient(AccessService, fixture.channel);
  const address = fixture.coordinator.httpAddress ?? '';
  const ask = httpClient(address, authorities);
  return {
    ...fixture,
    ...{ address, authorities },
    token: async (role, namespaces = []) => {
      const wish = { role: ROLE.toWire(role), kind: TokenKind.BEARER, ttlMs: HOUR, namespaces };
      return (await access.createToken(wish)).credential;
    },
    send: (token, line, body, headers = {}) => {
      const [verb = '', path = ''] = line.split(' ');
      return ask(path, { verb, token, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    },
  };
}
