import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { Engine } from '../../../deploy/quickstart/engine.js';
import { describeWithDocker, dockerSocket } from '../../support/docker.js';
import { natsUrl } from '../../support/nats.js';
import { QuickstartRun, headframe } from '../../support/quickstart-run.js';
import type { QuickstartState } from '../../support/quickstart-run.js';
import { makeTempDir } from '../../support/temp-dir.js';

const SETTLED_MS = 240_000;
const TEST_MS = 360_000;

describeWithDocker('the quickstart', () => {
  it('shows three priorities once: the lowest waits with its why, the others run, and nothing is left', async () => {
    await using temp = await makeTempDir();
    await using run = closing(new QuickstartRun(['--once', '--json'], temp.path));
    const state = await run.of.state(SETTLED_MS);
    expect(await run.of.end(), run.of.told).to.equal(0);
    expectThreePriorities(state);
    expect(state.runtime).to.equal('docker');
    if (natsUrl !== '') expect(state.addresses.nats).to.equal(natsUrl);
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);

  it('stays up with real containers until Ctrl-C, which leaves nothing', async () => {
    await using temp = await makeTempDir();
    await using run = closing(new QuickstartRun(['--json'], temp.path));
    const state = await run.of.state(SETTLED_MS);

    const engine = new Engine(dockerSocket);
    const lists = await Promise.all(state.hosts.map(({ id }) => engine.containers(`headframe.host=${id}`)));
    const running = state.instances.filter((instance) => instance.state === 'running');
    const containerIds = running.map(({ containerId }) => containerId).sort();
    expect(
      lists
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).to.deep.equal(containerIds);

    const page = running.flatMap(({ ports }) => ports).find(({ name }) => name === 'status');
    const answer = await fetch(`http://127.0.0.1:${String(page?.hostPort)}/`);
    expect(answer.status).to.equal(200);
    const metrics = await fetch(`http://${state.addresses.metrics}/metrics`);
    expect(metrics.status).to.equal(200);

    const links = await Promise.all(running.map(({ id }) => hostLinkOf(state, id)));
    expect(networkLinks()).to.include.members(links);

    run.of.interrupt();
    expect(await run.of.end(), run.of.told).to.equal(0);
    expect(await run.of.leftovers()).to.deep.equal([]);
    expect(networkLinks().filter((link) => links.includes(link))).to.deep.equal([]);
  }).timeout(TEST_MS);

  it('cleans up and fails when one of its programs ends by itself', async () => {
    await using temp = await makeTempDir();
    await using run = closing(new QuickstartRun(['--json'], temp.path));
    await run.of.state(SETTLED_MS);
    const [agent = 0] = run.of.processes('east-1.yaml');
    process.kill(agent, 'SIGKILL');
    expect(await run.of.end()).to.equal(1);
    expect(run.of.told).to.include('east-1');
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);

  it('fails, saying what hangs, when the fleet has not settled in time, and leaves nothing', async () => {
    await using temp = await makeTempDir();
    await using run = closing(new QuickstartRun(['--once', '--timeout', '1ms'], temp.path));
    expect(await run.of.end()).to.equal(1);
    expect(run.of.told).to.include('hasher-');
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);

  it('runs the same miners as plain processes, and ends them all', async () => {
    await using temp = await makeTempDir();
    await using run = closing(new QuickstartRun(['--runtime', 'process', '--once', '--json'], temp.path));
    const state = await run.of.state(SETTLED_MS);
    expect(await run.of.end(), run.of.told).to.equal(0);
    expectThreePriorities(state);
    expect(state.runtime).to.equal('process');
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);

  it('refuses what it does not know with exit code 2, and starts nothing', async () => {
    await using temp = await makeTempDir();
    await using run = closing(new QuickstartRun(['--once', '--nodes', '3'], temp.path));
    expect(await run.of.end()).to.equal(2);
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);
});

function expectThreePriorities({ settled, hosts, miners, instances }: QuickstartState): void {
  expect(settled).to.equal(true);
  expect(hosts.map(({ name, state }) => `${name} ${state}`).sort()).to.deep.equal(['east-1 ready', 'west-1 ready']);
  const byPriority = [...miners].sort((a, b) => a.priority - b.priority);
  expect(new Set(byPriority.map(({ priority }) => priority)).size).to.equal(3);
  const [lowest, ...others] = byPriority;
  expect(lowest?.counts.pending).to.be.greaterThan(0);
  expect(lowest?.why?.reason).to.equal('insufficient_cpu');
  expect(lowest?.why?.text).not.to.equal('');
  for (const { name, counts, why } of others) {
    expect(counts.running, name).to.equal(counts.desired);
    expect(why, name).to.equal(null);
  }
  const running = instances.filter(({ state }) => state === 'running');
  expect(new Set(running.map(({ health }) => health))).to.deep.equal(new Set(['healthy']));
  expect(new Set(running.map(({ host }) => host))).to.deep.equal(new Set(['east-1', 'west-1']));
}

/** Number of the host's end of an instance's network link; never used again until the machine restarts. */
async function hostLinkOf(state: QuickstartState, instance: string): Promise<number> {
  return Number(await headframe(state, ['instances', 'exec', instance, '--', 'cat', '/sys/class/net/eth0/iflink']));
}

function networkLinks(): number[] {
  return readdirSync('/sys/class/net').flatMap((name) => {
    const file = `/sys/class/net/${name}/ifindex`;
    // One of somebody else may go while it is looked at.
    return existsSync(file) ? [Number(readFileSync(file, 'utf8'))] : [];
  });
}

function closing(run: QuickstartRun): AsyncDisposable & { readonly of: QuickstartRun } {
  return { of: run, [Symbol.asyncDispose]: () => run.close() };
}
