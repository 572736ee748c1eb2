import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { resolveHostPaths } from '../../../../../agent/runtime/docker/host-path.js';
import { isWithin } from '../../../../../common/model/privileges.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const resolveOne = (hostPath: string, allowed: string[], forbidden: string[] = []) =>
  resolveHostPaths([{ kind: 'hostPath', hostPath, target: '/x', readOnly: true }], { allowed, forbidden });

describe('a host path', () => {
  it('is allowed at and below an allowed folder, as it resolves', async () => {
    await using folder = await makeTempDir();
    const root = join(folder.path, 'data');
    await mkdir(join(root, 'in'), { recursive: true });
    await symlink(join(root, 'in'), join(root, 'link'));
    for (const path of [root, `${root}/in`, `${root}/./in/../in`, `${root}/link`])
      expect([...(await resolveOne(path, [root])).keys()]).to.deep.equal([path]);
    expect((await resolveOne(`${root}/link`, [root])).get(`${root}/link`)).to.equal(join(root, 'in'));
  });

  it('is refused beside an allowed folder, however it is written', async () => {
    await using folder = await makeTempDir();
    const root = join(folder.path, 'data');
    await mkdir(root);
    await mkdir(join(folder.path, 'data-2'));
    await symlink('/etc', join(root, 'escape'));
    for (const path of [
      '/',
      '/etc',
      folder.path,
      `${root}-2`,
      `${root}/..`,
      `${root}/escape`,
      `${root}/escape/hosts`,
      'data',
    ])
      await expectReason(resolveOne(path, [root]), 'mount_not_allowed');
    await expectReason(resolveOne(root, []), 'mount_not_allowed');
  });

  it('is said to be missing only where looking is allowed', async () => {
    await using folder = await makeTempDir();
    await expectReason(resolveOne(join(folder.path, 'none'), [folder.path]), 'mount_failed');
    await expectReason(resolveOne('/none', [folder.path]), 'mount_not_allowed');
    await expectReason(resolveOne(`${folder.path}/../none-either`, [folder.path]), 'mount_not_allowed');
  });

  it('may be written only below a folder that is not for reading alone', async () => {
    await using folder = await makeTempDir();
    const mount = { kind: 'hostPath', hostPath: folder.path, target: '/x' } as const;
    const policy = { allowed: [], readOnly: [folder.path], forbidden: [] };
    expect((await resolveHostPaths([{ ...mount, readOnly: true }], policy)).size).to.equal(1);
    await expectReason(resolveHostPaths([{ ...mount, readOnly: false }], policy), 'mount_not_allowed');
  });

  it('never reaches a socket, nor a folder that holds the engine', async () => {
    await using folder = await makeTempDir();
    const [engine, other] = [join(folder.path, 'run/engine.sock'), join(folder.path, 'run/other.sock')];
    await mkdir(join(folder.path, 'run'));
    await writeFile(engine, '');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(other, resolve));
    for (const path of [engine, join(folder.path, 'run'), folder.path])
      await expectReason(resolveOne(path, [folder.path], [engine]), 'mount_not_allowed');
    await expectReason(resolveOne(other, [folder.path]), 'mount_not_allowed');
    await new Promise((resolve) => server.close(resolve));
  });

  it('is within the root of all', () => {
    expect([isWithin('/a', '/'), isWithin('/ab', '/a'), isWithin('/a/b', '/a')]).to.deep.equal([true, false, true]);
  });
});
