import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { findTarget } from '../../../../coordinator/cli/address.js';
import { captureWorld } from '../../../support/captured-world.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const GLOBALS = { output: 'table', color: false } as const;

describe('the coordinator of this machine', () => {
  it('is called by the identity that it made, where nothing else is said and it may be read', async () => {
    await using dir = await makeTempDir();
    const world = captureWorld({ home: dir.path, env: { HEADFRAME_COORDINATOR_DATA_DIR: dir.path } });
    await expectReason(findTarget(GLOBALS, world), 'identity_missing');
    const admin = join(dir.path, 'admin');
    await mkdir(admin);
    await writeFile(join(admin, 'key.pem'), 'a key');
    expect(await findTarget(GLOBALS, world)).to.include({ address: '127.0.0.1:7700', identity: admin });
    await expectReason(findTarget({ ...GLOBALS, address: '127.0.0.1:7700' }, world), 'identity_missing');
    expect((await findTarget({ ...GLOBALS, insecureLoopback: true }, world)).identity).to.equal(undefined);
  });
});
