import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { defaultSettings } from '../../../agent/kinds/space/alone/settings-schema.js';
import { PlotDesk } from '../../../agent/kinds/space/desk/plot-desk.js';
import { openMinerKey } from '../../../agent/kinds/space/format/miner-key.js';
import { encodePlotList } from '../../../agent/kinds/space/format/plot-list.js';
import { systemClock } from '../../../common/model/clock.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { Program, runHeadframe } from '../../support/program.js';
import { describeWithHangingDisk, hangingDisk } from '../../support/space/hanging-disk.js';
import type { HangingDisk } from '../../support/space/hanging-disk.js';
import { makeSmallPlot } from '../../support/space/small-plot.js';
import { TestNode } from '../../support/space/test-node.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

const PRIVATE_KEY = Buffer.alloc(32, 7);
const { plotKey } = openMinerKey(PRIVATE_KEY);
/** One that no leaf reaches: rounds begin when the test says so. */
const HOPELESS = 2n ** 60n;
const DEADLINE_S = 20;

/** A disk with a plot that takes some reads. */
function diskWithPlot(): Promise<HangingDisk> {
  return hangingDisk((path) => makeSmallPlot(join(path, 'two.plot'), plotKey, 300_000, 2));
}

/** A miner in a home of its own with a plot there and one on another disk, as its list has it. */
async function startMiner(home: string, node: TestNode, disk: HangingDisk): Promise<Program> {
  await mkdir(join(home, '.spacetime', 'plots'), { recursive: true });
  await makeSmallPlot(join(home, '.spacetime', 'plots', 'one.plot'), plotKey, 300_000, 1);
  const settings = {
    ...defaultSettings(home),
    nodeAddress: `${node.address.host}:${String(node.address.port)}`,
    ...{ proofGenerationTimeoutSeconds: DEADLINE_S, diskReadTimeoutSeconds: 1 },
  };
  await writeFile(join(home, '.spacetime', 'miner.yaml'), stringify(settings));
  await writeFile(join(home, '.spacetime', 'miner_key.dat'), PRIVATE_KEY, { mode: 0o600 });
  const listed = { plotId: 'two', filePath: join(disk.path, 'two.plot'), cacheFilePath: '', spaceAllocatedBytes: 0 };
  const entry = { merkleRoot: Buffer.alloc(32), createdAtUtc: '2026-01-06T23:15:49Z', status: 'Valid' } as const;
  await writeFile(join(home, '.spacetime', 'plots_metadata.json'), encodePlotList([{ ...listed, ...entry }]));
  return new Program(['space', 'start'], join(home, 'log'), { env: { HOME: home } });
}

/** Whether a thread of a process waits where no signal reaches it. */
async function isHeld(pid: string): Promise<boolean> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const stats = tasks.map((task) => readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').catch(() => ''));
  return (await Promise.all(stats)).some((stat) => /\) D /.test(stat));
}

describeWithHangingDisk('a disk that hangs in the kernel', function () {
  this.timeout(60_000);

  it('costs a miner its plots until it answers, and neither proofs of the others, nor threads, nor its end', async () => {
    await using node = await TestNode.start(HOPELESS);
    await using home = await makeTempDir();
    await using disk = await diskWithPlot();
    const miner = await startMiner(home.path, node, disk);
    const told = (): Promise<string> => readFile(join(home.path, 'log'), 'utf8');
    const threads = async (): Promise<number> => (await readdir(`/proc/${String(miner.pid)}/task`)).length;
    const proofs = (count: number) => waitFor('a proof', () => node.submissions.length === count, 30_000);
    await proofs(1);
    await waitFor('its times', async () => (await told()).includes('block 41: 2 of 2 plots answered'));
    disk.hang();
    const before = await threads();
    const startedMs = performance.now();
    for (const count of [2, 3, 4]) {
      node.takeFromElsewhere();
      await proofs(count);
    }
    expect(performance.now() - startedMs).to.be.below((1000 * DEADLINE_S) / 2);
    expect(await threads()).to.equal(before);
    const log = await told();
    expect(log).to.match(/error the disk of \S+ took \d+\.\d s of 20\.0 s and does not answer\n/);
    for (const height of [42, 43, 44]) expect(log).to.contain(`block ${String(height)}: 1 of 2 plots answered`);
    disk.heal();
    await waitFor('a proof of all', async () => {
      node.takeFromElsewhere();
      await systemClock.sleep(200, new AbortController().signal);
      return /block (?:4[5-9]|[5-9]\d): 2 of 2 plots answered/.test(await told());
    });
    expect(await told()).to.match(/info {2}the disk of \S+ took/);
    expect(node.wrongs).to.deep.equal([]);

    disk.hang();
    node.takeFromElsewhere();
    await waitFor('another hang', async () => /answer\n(?:.*\n)*.*does not answer\n/.test(await told()));

    const stopped = await runHeadframe(['space', 'stop', '--timeout', '15'], { env: { HOME: home.path } });
    expect([stopped.stderr, stopped.code]).to.deep.equal(['', 0]);
    expect(await told()).to.match(/ stopped\n$/);
    disk.heal();
    await miner.ended();
  });

  it('keeps no agent from its end while plots on it are checked', async () => {
    await using home = await makeTempDir();
    await using disk = await diskWithPlot();
    const stop = new AbortController();
    const options = {
      folders: [disk.path],
      stateFolder: home.path,
      keepFreeBytes: 0,
      bytesPerSecond: undefined,
      threads: 1,
    };
    const tools = { clock: systemClock, logger: silentLogger, teller: { note: () => undefined } };
    const desk = new PlotDesk({ ...tools, options, onFolders: () => undefined, endWithinMs: 500 });
    const running = desk.run(stop.signal);
    const list = () => desk.ask({ kind: 'list' }).catch(() => undefined);
    const plotId = await waitFor('the plot', async () => (await list())?.plots[0]?.id);
    disk.hang();
    await desk.ask({ kind: 'check', plotId });
    await waitFor('a read that waits in the kernel', async () => {
      const children = await readFile(`/proc/self/task/${String(process.pid)}/children`, 'utf8');
      return (await Promise.all(children.trim().split(' ').map(isHeld))).includes(true);
    });
    stop.abort();
    const startedMs = performance.now();
    await running;
    expect(performance.now() - startedMs).to.be.below(10_000);
  });
});
