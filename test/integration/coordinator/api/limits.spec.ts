import { Client as GrpcClient, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { expect } from 'chai';
import { openCoordinatorFixture, wireSpec } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { rejectionOf } from '../../../support/echo-server.js';
import { adminCertificates } from '../../../support/host-certificates.js';

describe('Coordinator: limits', () => {
  let at: CoordinatorFixture;
  beforeEach(async () => {
    at = await openCoordinatorFixture({ limits: { maxMessage: '64KiB' } });
  });
  afterEach(() => at.close());

  it('refuses a message that is too large and goes on', async () => {
    const many = Array.from({ length: 900 }, (_, index) => wireSpec({ name: `m${index}` }));
    expect(await rejectionOf(at.fleet.applyMiners({ miners: many }))).to.include({ code: 'resource_exhausted' });
    await at.apply({});
  });

  it('refuses bytes that are no message', async () => {
    const { authorities, key, certificate } = await adminCertificates(at.folder);
    const raw = new GrpcClient(at.coordinator.address, credentials.createSsl(authorities, key, certificate));
    const call = (path: string): Promise<ServiceError | null> =>
      new Promise((resolve) => {
        const bytes = (value: Buffer): Buffer => value;
        raw.makeUnaryRequest(path, bytes, bytes, Buffer.from([0xff, 0xff, 0xff]), (error) => {
          resolve(error);
        });
      });
    for (const method of ['ApplyMiners', 'GetMiner', 'ListInstances'])
      expect((await call(`/headframe.v1.FleetService/${method}`))?.code).to.equal(3);
    raw.close();
    await at.apply({});
  });
});
