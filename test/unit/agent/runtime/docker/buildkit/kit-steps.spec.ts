import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { KitSteps } from '../../../../../../agent/runtime/docker/buildkit/kit-steps.js';
import { expectReason } from '../../../../../support/expect-reason.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';
import { waitFor } from '../../../../../support/wait-for.js';

const ID = 'ipwkyjn8554vxanrhr6xyznmt';
const LIMITS = { memoryBytes: 4096, cpuMillis: 1500, pids: 64, diskBytes: 1, keepFreeBytes: 0 };

describe('the steps of BuildKit on this machine', () => {
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let steps: KitSteps;
  let group: string;

  beforeEach(async () => {
    temp = await makeTempDir();
    group = join(temp.path, 'group');
    const folders = { executor: join(temp.path, 'executor'), runc: join(temp.path, 'runc') };
    for (const folder of [join(folders.executor, ID), join(folders.runc, ID), group])
      await mkdir(folder, { recursive: true });
    await writeFile(join(folders.executor, 'resolv.conf'), '');
    await writeFile(join(folders.executor, ID, 'config.json'), JSON.stringify({ mounts: [] }));
    steps = new KitSteps(folders);
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  async function begins(
    files: readonly string[] = ['memory.max', 'cpu.max', 'pids.max'],
    pid = process.pid,
  ): Promise<void> {
    for (const file of files) await writeFile(join(group, file), '');
    const state = { init_process_pid: pid, cgroup_paths: { '': group } };
    await writeFile(join(temp.path, 'runc', ID, 'state.json'), JSON.stringify(state));
  }

  it('are those with a folder of their own', async () => {
    expect(await steps.list()).to.deep.equal([ID]);
  });

  it('are bounded once they have a control group, also where the kernel counts no swap', async () => {
    expect(await steps.bound(ID, LIMITS)).to.equal('coming');
    await begins();
    expect(await steps.bound(ID, LIMITS)).to.equal('bounded');
    expect(await readFile(join(group, 'memory.max'), 'utf8')).to.equal('4096');
    expect(await readFile(join(group, 'pids.max'), 'utf8')).to.equal('64');
  });

  it('are told to be unbounded where a bound cannot be written', async () => {
    await begins(['memory.max', 'cpu.max']);
    await expectReason(steps.bound(ID, LIMITS), 'build_unbounded');
  });

  it('are not told to be unbounded when their control group goes before they do', async () => {
    await begins();
    await rm(group, { recursive: true });
    expect(await steps.bound(ID, LIMITS)).to.equal('coming');
  });

  it('are gone with their folder', async () => {
    await begins(['memory.max']);
    await rm(join(temp.path, 'executor', ID), { recursive: true });
    expect(await steps.bound(ID, LIMITS)).to.equal('gone');
    expect(await steps.use(ID, new AbortController().signal)).to.equal(undefined);
  });

  it('are over with their process, also before anybody has waited for that', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [pid] = (await once(parent.stdout, 'data')).map(Number);
      await waitFor('the process to end', async () => / Z /.test(await readFile(`/proc/${String(pid)}/stat`, 'utf8')));
      await begins(['pids.current'], pid);
      expect(await steps.use(ID, new AbortController().signal)).to.equal(undefined);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
