import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openMinerKey } from '../../agent/kinds/space/format/miner-key.js';
import { describeWithDocker } from '../support/docker.js';
import { freePort } from '../support/free-port.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeSmallPlot } from '../support/space/small-plot.js';
import { buildSpaceImage, spaceImage } from '../support/space/space-image.js';
import { digest } from '../support/space/test-node-rules.js';
import { TestNode } from '../support/space/test-node.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

const PRIVATE_KEY = Buffer.alloc(32, 7);
const key = openMinerKey(PRIVATE_KEY);
const LEAVES = 5000;
/** Some of so many leaves is below the target nearly always. */
const DIFFICULTY = 16n;
/** The node tells of no block above its first by itself: the test says when. */
const SILENT = 0;

/** The leaf that answers a challenge best, of all in some files. */
async function bestOf(challenge: Buffer, files: readonly string[]): Promise<string> {
  const all = await Promise.all(files.map((file) => readFile(file)));
  const leaves = all.flatMap((plot) =>
    Array.from({ length: LEAVES }, (_, at) => plot.subarray(121 + 32 * at, 153 + 32 * at)),
  );
  const scored = leaves.map((leaf) => ({ leaf, score: digest(challenge, leaf) }));
  const best = scored.reduce((one, other) => (Buffer.compare(other.score, one.score) < 0 ? other : one));
  return best.leaf.toString('hex');
}

describeWithDocker('a space miner of a fleet', function () {
  this.timeout(120_000);
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let node: TestNode;
  let fleet: RunningFleet;
  let metricsAt: string;
  const plot = (name: string): string => join(temp.path, name);
  const disks = (name: string): string => join(temp.path, 'disks', name);

  before(async () => {
    temp = await makeTempDir();
    node = await TestNode.start(DIFFICULTY, SILENT);
    for (const folder of ['alpha-one', 'alpha-two', 'beta-one', 'beta-two', 'disks']) await mkdir(plot(folder));
    const plots = ['alpha-one/a.plot', 'alpha-two/b.plot', 'beta-one/c.plot'];
    for (const [at, name] of plots.entries()) await makeSmallPlot(plot(name), key.plotKey, LEAVES, at + 1);
    for (const disk of ['one', 'two']) await symlink(plot(`alpha-${disk}`), disks(disk));
    metricsAt = `127.0.0.1:${String(await freePort())}`;
    const [, opened] = await Promise.all([
      buildSpaceImage(),
      (async () => {
        const running = new RunningFleet(await makeTempDir(), {
          coordinator: ['--heartbeat-period', '500ms', '--lease-length', '3s', '--metrics', metricsAt],
        });
        await running.startCoordinator();
        return running;
      })(),
    ]);
    fleet = opened;
    const flags = ['--read-only-host-paths', temp.path, '--plots-folders', `${disks('one')},${disks('two')}`];
    // Its own sight of the same paths, as on another machine.
    const sight = `mount -t tmpfs none ${plot('disks')} && for d in one two; do ln -s ${temp.path}/beta-$d ${plot('disks')}/$d; done && exec "$@"`;
    await fleet.startAgent('alpha', { flags });
    await fleet.startAgent('beta', { flags, place: { launcher: ['unshare', '-m', 'sh', '-c', sight, 'sh'] } });
    await fleet.hostsReady(2);
    await writeFile(plot('key'), PRIVATE_KEY, { mode: 0o600 });
    const set = await fleet.headframe(['secrets', 'set', 'farm-key', '--from-file', plot('key')]);
    expect(set.code, set.stderr).to.equal(0);
  });
  after(async () => {
    await fleet.close();
    await node[Symbol.asyncDispose]();
    await temp[Symbol.asyncDispose]();
  });

  const manifest = (name: string) => ({
    ...{ kind: 'space', name, replicas: 2, resources: { cpu: '100m', memory: '256MiB', disk: '16MiB' } },
    space: {
      ...{ image: spaceImage, nodes: [`127.0.0.1:${String(node.address.port)}`], key: 'farm-key' },
      ...{ minerId: key.minerId.toString('hex'), folders: [disks('one'), disks('two')], deadline: '10s' },
    },
  });

  async function apply(name: string): Promise<void> {
    await writeFile(plot('miner.json'), JSON.stringify(manifest(name)));
    const applied = await fleet.headframe(['apply', '-f', plot('miner.json')]);
    expect(applied.code, applied.stderr).to.equal(0);
  }

  async function counted(name: string): Promise<number> {
    const text = await (await fetch(`http://${metricsAt}/metrics`)).text();
    return Number(new RegExp(`^headframe_space_${name}\\{miner="farm"\\} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  }

  /** One more round, answered by these plots. */
  async function round(files: readonly string[]): Promise<string> {
    const before = node.submissions.length;
    node.takeFromElsewhere();
    const proven = await waitFor('a proof', () => node.submissions[before]);
    expect(proven.proof.leaf.toString('hex')).to.equal(await bestOf(proven.challenge, files.map(plot)));
    await waitFor('its block', () => node.accepted.includes(proven.height));
    return proven.proof.plotId.toString('hex');
  }

  it('answers with the best of all hosts, once, and wins blocks, over lost connections, hosts and disks', async () => {
    await apply('farm');
    await fleet.running('farm', 2);
    await waitFor('both to scan', async () => (await logs()).every((text) => text.includes(' scans ')));
    const all = ['alpha-one/a.plot', 'alpha-two/b.plot', 'beta-one/c.plot'];
    await waitFor('a connection', () => node.connections === 1);
    const ids = new Set<string>();
    for (let at = 0; at < 12 && ids.size < 2; at += 1) ids.add(await round(all));
    expect(ids.size).to.be.greaterThan(1);
    // Both hosts report their plots, and what the scans took is told of each plot and disk.
    const { hosts = [] } = JSON.parse((await fleet.headframe(['plots', 'ls', '-o', 'json'])).stdout) as {
      hosts?: { plots: { scanMs?: number }[]; folders: { scanDeadlineMs?: number }[] }[];
    };
    const [plots, folders] = [hosts.flatMap((one) => one.plots), hosts.flatMap((one) => one.folders)];
    expect([plots.length, plots.filter(({ scanMs }) => scanMs === undefined).length]).to.deep.equal([3, 0]);
    expect(folders.map(({ scanDeadlineMs }) => scanDeadlineMs)).to.include(9000);
    expect(node.submissions.every(({ minerId }) => minerId.equals(key.minerId))).to.equal(true);

    // The same connection goes on being one, whatever becomes of it.
    const taken = node.accepted.length;
    node.drop();
    await waitFor('another connection', () => node.connections === 2);
    await waitFor('an answer to what it found again', () => node.accepted.length > taken);
    await round(all);

    // Its agent and what it ran are gone, as with the machine.
    await fleet.agent('beta').end('SIGKILL');
    await killOf('beta');
    await round(['alpha-one/a.plot', 'alpha-two/b.plot']);

    await rm(plot('alpha-one'), { recursive: true });
    await waitFor('the plot to be missed', async () => (await logs()).some((text) => text.includes('is gone')));
    await round(['alpha-two/b.plot']);

    const heights = node.submissions.map(({ height }) => height);
    expect([new Set(heights).size, node.wrongs]).to.deep.equal([heights.length, []]);
    const total = node.accepted.length;
    await waitFor('the last count', async () => (await counted('blocks_won_total')) === total);
    expect(await counted('proofs_submitted_total')).to.equal(node.submissions.length);
    expect(await counted('node_connected')).to.equal(1);
    const { stdout: events } = await fleet.headframe(['events', '-o', 'json']);
    for (const reason of ['space_node_connected', 'space_proof_sent', 'space_block_won', 'space_block_accepted'])
      expect(events, reason).to.contain(reason);

    // A coordinator that begins again hears of the tip before its hosts are back: they are asked late.
    const proofs = node.submissions.length;
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    const late = await waitFor('a proof of a host that came late', () => node.submissions[proofs]);
    expect(late.proof.leaf.toString('hex')).to.equal(await bestOf(late.challenge, [plot('alpha-two/b.plot')]));
    expect([node.submissions.length, node.wrongs]).to.deep.equal([proofs + 1, []]);
  });

  /** What the scanners say. */
  async function logs(): Promise<readonly string[]> {
    const ids = (await fleet.containers('farm')).map(({ Id }) => Id);
    return Promise.all(
      ids.map(async (id) =>
        (await fleet.engine.docker.getContainer(id).logs({ stdout: true, stderr: true })).toString(),
      ),
    );
  }

  async function killOf(name: string): Promise<void> {
    const containers = await fleet.containers('farm');
    for (const { Id } of containers) {
      const found = await fleet.engine.docker.getContainer(Id).inspect();
      if (found.Mounts.some(({ Source }) => Source.includes(`/${name}-`)))
        await fleet.engine.docker.getContainer(Id).kill();
    }
  }
});
