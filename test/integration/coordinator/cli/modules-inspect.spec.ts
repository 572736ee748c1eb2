import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { runCli } from '../../../../coordinator/cli/program.js';
import type { Extraction } from '../../../../coordinator/kinds/module/extract/index.js';
import { captureWorld } from '../../../support/captured-world.js';
import { errorOf, tableOf } from '../../../support/cli-fixture.js';
import type { CliRun } from '../../../support/cli-fixture.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const run = async (...argv: string[]): Promise<CliRun> => {
  const world = captureWorld();
  const code = await runCli(['modules', 'inspect', ...argv], world);
  return { code, stdout: world.stdout.text, stderr: world.stderr.text };
};

describe('headframe modules inspect', () => {
  it('shows what a module lets its operator set, without a coordinator', async () => {
    await using temp = await makeTempDir();
    await mkdir(join(temp.path, 'neurons'));
    await writeFile(join(temp.path, 'neurons/miner.py'), 'import os\n\nPORT = int(os.getenv("MINER_PORT", 8091))\n');
    await writeFile(join(temp.path, '.env'), 'API_KEY=sk-0123456789abcdefghij\n');
    const shown = await run(temp.path);
    expect(shown).to.include({ code: 0, stderr: '' });
    expect(shown.stdout).not.to.include('sk-0123456789');
    expect(tableOf(shown)).to.deep.include({
      NAME: 'MINER_PORT',
      SOURCE: 'environment',
      TYPE: 'integer',
      DEFAULT: '8091',
      NEEDED: 'no',
      SECRET: 'no',
      ROLE: 'miner',
      PLACE: 'neurons/miner.py:3',
    });
    const json = await run(temp.path, '-o', 'json');
    // The shape that the command promises.
    const { settings, warnings } = JSON.parse(json.stdout) as Extraction;
    expect(settings.map(({ name, secret }) => [name, secret])).to.deep.equal([
      ['API_KEY', true],
      ['MINER_PORT', false],
    ]);
    expect(warnings.map(({ code, file, line }) => [code, file, line])).to.deep.equal([['secret_present', '.env', 1]]);
  });

  it('follows no links and opens nothing but files', async () => {
    await using temp = await makeTempDir();
    const outside = join(temp.path, 'outside');
    const inside = join(temp.path, 'inside');
    await mkdir(outside);
    await mkdir(inside);
    await writeFile(join(outside, 'a.env'), 'OUTSIDE=1\n');
    await symlink(join(outside, 'a.env'), join(inside, 'a.env'));
    await symlink(outside, join(inside, 'folder'));
    await symlink(inside, join(inside, 'again'));
    await promisify(execFile)('mkfifo', [join(inside, 'b.env')]);
    await writeFile(join(inside, 'c.env'), 'INSIDE=1\n');
    const shown = await run(inside, '-o', 'json');
    // The shape that the command promises.
    const { settings } = JSON.parse(shown.stdout) as Extraction;
    expect(settings.map(({ name }) => name)).to.deep.equal(['INSIDE']);
  });

  it('refuses what is no folder', async () => {
    const ran = await run('/nonexistent/module', '-o', 'json');
    expect(ran).to.include({ code: 2, stdout: '' });
    expect(errorOf(ran).reason).to.equal('folder_unreadable');
  });
});
