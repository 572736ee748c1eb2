import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { PlotFolderStatus, PlotJobState, PlotStatus } from '../../common/gen/headframe/v1/plot_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { PlotService } from '../../common/gen/headframe/v1/plot_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Client } from '../../common/rpc/index.js';
import { EXIT_CODES } from '../../coordinator/cli/exit-codes.js';
import type { CommandResult } from '../support/program.js';
import { TestFleet } from '../support/programs.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

/** Ids of the processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

describe('plots on hosts', function () {
  this.timeout(60_000);
  let temp: AsyncDisposable & { path: string };
  let fleet: TestFleet;
  let channel: Channel;
  let plots: Client<typeof PlotService>;
  const folder = (name: string) => join(temp.path, `disk-${name}`);

  before(async () => {
    temp = await makeTempDir();
    fleet = new TestFleet(temp.path);
    await fleet.startCoordinator();
    for (const name of ['alpha', 'beta']) {
      await mkdir(folder(name));
      const flags = ['--plots-folders', folder(name), '--plots-rate', '40MiB', '--plots-keep-free', '0'];
      await fleet.startAgent(name, { flags: ['--runtime', 'process', ...flags] });
    }
    await fleet.hostsReady(2);
    channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    plots = createClient(PlotService, channel);
  });
  after(async () => {
    channel.close();
    await fleet.close().finally(() => temp[Symbol.asyncDispose]());
  });

  const command = (...args: readonly string[]): Promise<CommandResult> => fleet.headframe(['plots', ...args]);
  const onAlpha = async () => (await plots.listPlots({ host: 'alpha' })).hosts[0];
  const jobOf = async (id: string) => (await onAlpha())?.jobs.find((job) => job.id === id);
  const stateOf = async (id: string) => (await jobOf(id).catch(() => undefined))?.state;
  const done = (id: string) => waitFor('the end', async () => (await stateOf(id)) === PlotJobState.DONE, 30_000);
  const begun = (id: string) => waitFor('the making', async () => ((await jobOf(id))?.doneBytes ?? 0n) > 0n);
  async function created(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await command('create', '--host', 'alpha', '-o', 'json', ...args);
    expect(stderr).to.equal('');
    // What the command promises.
    return (JSON.parse(stdout) as { job: { id: string } }).job.id;
  }

  it('refuses what is too small, what has no place there, and what would fill the disk', async () => {
    const refused = async (...args: readonly string[]) => {
      const { stderr } = await command('create', '--host', 'alpha', '-o', 'json', ...args);
      return (JSON.parse(stderr) as { error: { reason: string } }).error.reason;
    };
    const wishes = [['99MiB'], ['100MiB', '--folder', '/'], ['4000TiB']].map((wish) => refused('--size', ...wish));
    expect(await Promise.all(wishes)).to.deep.equal(['size_invalid', 'plot_folder_not_allowed', 'plot_disk_full']);
    expect(await readdir(folder('alpha'))).to.deep.equal([]);
  });

  it('are made to their end, whatever is killed meanwhile, listed, checked and deleted', async () => {
    const id = await created('--size', '100MiB', '--cache', '--folder', folder('alpha'));
    await begun(id);
    const agent = fleet.agent('alpha');
    const [child = 0] = await childrenOf(agent.pid);
    process.kill(child, 'SIGKILL');
    await waitFor('another process', async () => {
      const [next] = await childrenOf(agent.pid);
      return next !== undefined && next !== child;
    });
    await agent.end('SIGKILL');
    await fleet.startAgent('alpha');
    await done(id);
    const plot = (await onAlpha())?.plots[0] ?? { id: '', path: '' };
    expect(plot).to.include({ status: PlotStatus.VALID });
    expect((await readdir(folder('alpha'))).map((name) => name.replace(/^plot_[0-9a-f]{32}/, ''))).to.have.members([
      ...['.plot', '.plot.cache'],
    ]);
    const checked = await command('check', plot.id, '-o', 'json');
    await done((JSON.parse(checked.stdout) as { job: { id: string } }).job.id);
    expect((await command('ls')).stdout).to.match(/alpha +[0-9a-f-]{36} +valid +100 MiB +yes/);
    expect((await command('show', plot.id)).stdout).to.contain(plot.path);
    expect((await command('delete', plot.id, '--delete-file', '--force')).code).to.equal(EXIT_CODES.ok.code);
    expect(await readdir(folder('alpha'))).to.deep.equal([]);
    const { stdout } = await fleet.headframe(['events', '-o', 'json']);
    expect(stdout).to.contain('plot_made').and.to.contain('plot_well');
  });

  it('are ended while they are made, and leave nothing behind', async () => {
    const id = await created('--size', '100MiB');
    await begun(id);
    expect((await command('delete', id, '--delete-file', '--force')).code).to.equal(EXIT_CODES.ok.code);
    expect(await stateOf(id)).to.equal(PlotJobState.ENDED);
    expect(await readdir(folder('alpha'))).to.deep.equal([]);
  });

  it('are laid over the disks of hosts that are known to the fleet, and draw the scanners of space miners', async () => {
    const hosts = createClient(HostService, channel);
    const reported = async (name: string) => (await hosts.getHost({ host: name })).host?.plotFolders[0];
    await waitFor('what both have', async () =>
      (await Promise.all(['alpha', 'beta'].map(reported))).every((one) => one?.plots === 0 && one.roomBytes > 0n),
    );
    const { stdout } = await command('create', '--size', '100MiB', '--count', '2', '-o', 'json');
    const { placed } = JSON.parse(stdout) as { placed: { hostName: string; job: { id: string } }[] };
    expect(placed.map(({ hostName }) => hostName).sort()).to.deep.equal(['alpha', 'beta']);
    const id = (name: string): string => placed.find(({ hostName }) => hostName === name)?.job.id ?? '';
    await command('delete', id('beta'), '--delete-file', '--force');
    await done(id('alpha'));
    await waitFor('the plot to be known', async () => (await reported('alpha'))?.plots === 1);
    expect((await fleet.headframe(['hosts', 'show', 'alpha'])).stdout).to.contain(
      `${folder('alpha')}: 1 plots, 100 MiB`,
    );
    const space = {
      ...{ image: 'x', nodes: ['127.0.0.1:1'], key: 'k', minerId: `02${'ab'.repeat(32)}` },
      folders: [folder('alpha'), folder('beta')],
    };
    await writeFile(join(temp.path, 'farm.json'), JSON.stringify({ kind: 'space', name: 'farm', replicas: 2, space }));
    await writeFile(join(temp.path, 'key'), Buffer.alloc(32, 7), { mode: 0o600 });
    await fleet.headframe(['secrets', 'set', 'k', '--from-file', join(temp.path, 'key')]);
    const { stdout: planned, stderr } = await fleet.headframe(['plan', '-f', join(temp.path, 'farm.json')]);
    expect(stderr).to.equal('');
    expect(planned).to.match(/alpha/).and.to.contain('host_without_plots');
    await command('delete', (await onAlpha())?.plots[0]?.id ?? '', '--delete-file', '--force');
  });

  it('tell of a disk that is gone and of a host that does not answer', async () => {
    await rename(folder('beta'), `${folder('beta')}-away`);
    const { hosts } = await plots.listPlots({});
    expect(hosts.map(({ hostName, folders }) => [hostName, folders[0]?.status])).to.deep.equal([
      ['alpha', PlotFolderStatus.WELL],
      ['beta', PlotFolderStatus.MISSING],
    ]);
    await fleet.agent('beta').end('SIGKILL');
    await waitFor('silence', async () => {
      const [beta] = (await plots.listPlots({ host: 'beta' })).hosts;
      return beta?.reason === 'host_not_connected';
    });
    expect((await command('ls')).stdout).to.match(/Hosts of which nothing is known now[^]*beta +host_not_connected/);
  });
});
