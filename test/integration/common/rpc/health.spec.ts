import { expect } from 'chai';
import { HealthRegistry, addHealth, createClient } from '../../../../common/rpc/index.js';
import type { Client } from '../../../../common/rpc/index.js';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '../../../../common/gen/grpc/health/v1/health_pb.js';
import { openEcho, rejectionOf } from '../../../support/echo-server.js';
import type { EchoFixture } from '../../../support/echo-server.js';

describe('gRPC health', () => {
  let echo: EchoFixture;
  let registry: HealthRegistry;
  let client: Client<typeof Health>;

  beforeEach(async () => {
    registry = new HealthRegistry();
    echo = await openEcho({}, { extend: (server) => addHealth(server, registry) });
    client = createClient(Health, echo.channel);
  });
  afterEach(() => echo.close());

  it('answers the status that was set, and not_found for a service never set', async () => {
    registry.set('', 'serving');
    expect((await client.check({})).status).to.equal(Status.SERVING);
    registry.set('', 'not_serving');
    expect((await client.check({})).status).to.equal(Status.NOT_SERVING);
    expect(await rejectionOf(client.check({ service: 'no.Such' }))).to.include({ code: 'not_found' });
  });

  it('tells a watcher the present status, then each change', async () => {
    const watch = client.watch({ service: 'a.B' })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => {
      const result = await watch.next();
      return result.done === true ? 'over' : result.value.status;
    };
    expect(await next()).to.equal(Status.SERVICE_UNKNOWN);
    registry.set('a.B', 'serving');
    expect(await next()).to.equal(Status.SERVING);
    registry.set('a.B', 'serving');
    registry.set('other', 'serving');
    registry.set('a.B', 'not_serving');
    expect(await next()).to.equal(Status.NOT_SERVING);
    await watch.return?.(undefined);
  });
});
