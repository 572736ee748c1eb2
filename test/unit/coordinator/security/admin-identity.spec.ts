import { X509Certificate, randomBytes } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { IDENTITY_FILES, readIdentity } from '../../../../common/config/index.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { keepAdminIdentity } from '../../../../coordinator/security/admin-identity.js';
import { Credentials, JoinLimiter } from '../../../../coordinator/security/credentials/index.js';
import { whoNeeds } from '../../../../coordinator/security/rotation/needs.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { makeTestAuthority } from '../../../support/host-joins.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('the identity of an admin in the data folder', () => {
  it('is made once, and moves on to another authority at the first start under it, if its key is there', async () => {
    await using temp = await makeTempDir();
    const at = await openFleetFixture();
    const authority = await makeTestAuthority(at.clock);
    const limiter = new JoinLimiter(at.clock);
    const credentials = new Credentials({ ...at, authority, limiter, random: randomBytes, rejoinWindowMs: 0 });
    const folder = join(temp.path, 'admin');
    const start = async (): Promise<string> => {
      const parts = { authority, credentials, fleet: at.fleet, nowMs: at.clock.nowMs(), logger: silentLogger };
      await keepAdminIdentity(folder, parts);
      return new X509Certificate(await readFile(join(folder, IDENTITY_FILES.certificate))).serialNumber;
    };
    const terms = { nowMs: at.clock.nowMs(), rotatedAtMs: at.clock.nowMs(), rejoinWindowMs: 0 };
    const needing = () => whoNeeds(at.fleet, { ...terms, current: authority.digest }).clients;

    const first = await start();
    expect(await start()).to.equal(first);
    await authority.rotate(authority.digest);
    expect(needing()).to.deep.equal(['admin']);
    const second = await start();
    expect(second).not.to.equal(first);
    expect(needing()).to.deep.equal([]);
    expect((await readIdentity(folder)).authorities.toString()).to.equal(authority.bundle);
    expect(await readdir(folder)).to.have.members(Object.values(IDENTITY_FILES));
    expect(await start()).to.equal(second);

    await authority.retire(authority.former?.digest ?? '');
    await authority.rotate(authority.digest);
    await rm(join(folder, IDENTITY_FILES.key));
    expect(await start()).to.equal(second);
    expect(needing()).to.deep.equal(['admin']);
  });
});
