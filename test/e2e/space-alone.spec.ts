import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { defaultSettings } from '../../agent/kinds/space/alone/settings-schema.js';
import type { MinerStatus } from '../../agent/kinds/space/alone/miner-status.js';
import { openMinerKey } from '../../agent/kinds/space/format/miner-key.js';
import { Program, runHeadframe } from '../support/program.js';
import type { CommandResult } from '../support/program.js';
import { makeSmallPlot } from '../support/space/small-plot.js';
import { frameOf, TestNode } from '../support/space/test-node.js';
import type { Misdeed } from '../support/space/test-node.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

const PRIVATE_KEY = Buffer.alloc(32, 7);
const key = openMinerKey(PRIVATE_KEY);
/** Some of 5000 leaves is below the target nearly always. */
const DIFFICULTY = 16n;
/** One that no leaf reaches. */
const HOPELESS = 2n ** 60n;

/** A home with settings, in which commands are given. */
class Home implements AsyncDisposable {
  readonly #folder: Awaited<ReturnType<typeof makeTempDir>>;

  constructor(folder: Awaited<ReturnType<typeof makeTempDir>>) {
    this.#folder = folder;
  }

  static async make(
    nodes: readonly Pick<TestNode, 'address'>[],
    change: Readonly<Record<string, unknown>> = {},
  ): Promise<Home> {
    const folder = await makeTempDir();
    const home = new Home(folder);
    await mkdir(home.path('plots'), { recursive: true });
    await writeFile(home.path('miner_key.dat'), PRIVATE_KEY, { mode: 0o600 });
    const nodeAddress = nodes.map(({ address }) => `${address.host}:${String(address.port)}`).join(',');
    const given = { nodeAddress, connectionRetryIntervalSeconds: 1, maxConnectionRetries: 1, ...change };
    await writeFile(home.path('miner.yaml'), stringify({ ...defaultSettings(folder.path), ...given }));
    return home;
  }

  path(name: string): string {
    return join(this.#folder.path, '.spacetime', name);
  }

  space(...args: readonly string[]): Promise<CommandResult> {
    return runHeadframe(['space', ...args], { env: { HOME: this.#folder.path } });
  }

  foreground(): Program {
    const log = join(this.#folder.path, 'foreground.log');
    return new Program(['space', 'start'], log, { env: { HOME: this.#folder.path } });
  }

  output(): Promise<string> {
    return readFile(join(this.#folder.path, 'foreground.log'), 'utf8');
  }

  /** What the miner says of itself; undefined where none runs. */
  async status(): Promise<MinerStatus | undefined> {
    const { stdout } = await this.space('status', '--json');
    const { miner } = JSON.parse(stdout) as { miner: { kind: string; status?: MinerStatus } };
    return miner.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.space('stop');
    await this.#folder[Symbol.asyncDispose]();
  }
}

function head(length: number): Buffer {
  const bytes = Buffer.alloc(5, 0x23);
  bytes.writeInt32LE(length);
  return bytes;
}

/** The node's word that a block was accepted. */
function accepted(hash: Buffer, height: bigint): Buffer {
  const payload = Buffer.concat([hash, Buffer.alloc(8)]);
  payload.writeBigInt64LE(height, 32);
  return frameOf(0x41, payload);
}

describe('headframe space, without a coordinator', function () {
  this.timeout(120_000);

  it('makes a plot, mines with it in the background, tells how it stands, and ends when it is told to', async () => {
    await using node = await TestNode.start(DIFFICULTY, 41);
    await using home = await Home.make([node]);
    const made = await home.space('create-plot', '--size', '100MB', '--output', 'one.plot');
    expect([made.stderr, made.code]).to.deep.equal(['', 0]);
    expect((await stat(home.path('plots/one.plot'))).size).to.equal(121 + 100 * 2 ** 20);
    expect((await home.space('status')).stdout).to.match(/Plots: +1 valid.*\n.*Not Running/);

    const started = await home.space('start', '--daemon');
    expect([started.stderr, started.code]).to.deep.equal(['', 0]);
    await waitFor('two blocks', () => node.height >= 42);
    expect([node.accepted, node.wrongs]).to.deep.equal([[41, 42], []]);
    expect(node.submissions.every(({ minerId }) => minerId.equals(key.minerId))).to.equal(true);
    const status = await waitFor('the last count', async () => {
      const now = await home.status();
      return now?.counters.totalBlocksWon === 2 ? now : undefined;
    });
    expect(started.stdout).to.contain(`process ${String(status.pid)}`);
    expect(status).to.deep.include({
      ...{ minerId: key.minerId.toString('hex'), height: '41', round: 'over', lastProblem: null },
      peers: [`127.0.0.1:${String(node.address.port)}`],
      plots: { valid: 1, corrupted: 0, missing: 0, bytes: 121 + 100 * 2 ** 20 },
    });
    const counters = { totalChallengesReceived: 2, totalProofsGenerated: 2, totalProofsSubmitted: 2 };
    // How long it is hangs on what else the machine does; that it is told is what counts.
    expect(status.loopDelayMs?.p99).to.be.above(0);
    expect(status.counters).to.deep.equal({ ...counters, totalBlocksWon: 2, totalBlocksAccepted: 1 });

    // A plot that comes while it mines is mined with, and one that it holds is listed by it.
    await makeSmallPlot(home.path('plots/two.plot'), key.plotKey, 5000, 4);
    await waitFor('the second plot', async () => (await home.status())?.plots.valid === 2);
    const twice = await home.space('start', '--daemon');
    expect([twice.code, twice.stderr.includes(`process ${String(status.pid)} mines`)]).to.deep.equal([1, true]);
    const listed = JSON.parse((await home.space('list-plots', '--json')).stdout) as { plots: { plotId: string }[] };
    expect(listed.plots).to.have.length(2);
    const refused = await home.space('delete-plot', listed.plots[0]?.plotId ?? '');
    expect([refused.code, (await home.space('delete-plot', 'none', '--force')).code]).to.deep.equal([1, 1]);
    const deleted = await home.space('delete-plot', listed.plots[1]?.plotId ?? '', '--delete-file', '--force');
    expect([deleted.code, (await home.status())?.plots.valid]).to.deep.equal([0, 1]);

    const stopped = await home.space('stop');
    expect([stopped.code, stopped.stdout]).to.deep.equal([0, `stopped process ${String(status.pid)}\n`]);
    // Nobody may have asked for its exit code yet, as where the first process of a machine does not.
    expect(await readFile(`/proc/${String(status.pid)}/cmdline`, 'utf8').catch(() => '')).to.equal('');
    expect((await home.space('stop')).code).to.equal(0);
    expect((await home.space('status')).stdout).to.contain('Not Running');
    expect(await readFile(home.path('miner.yaml.log'), 'utf8')).to.match(/ stopped\n$/);
  });

  it('goes on with the next node, whatever one does to it', async () => {
    const misdeeds: readonly Misdeed[] = [
      (socket) => socket.write(head(100_000_000)),
      (socket) => socket.write(Buffer.concat(Array.from({ length: 1100 }, () => frameOf(0x03, Buffer.alloc(0))))),
      (socket) => socket.end(head(1000)),
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      // From height 7 to one that nobody believes.
      (socket) =>
        socket.end(Buffer.concat([accepted(Buffer.alloc(32, 1), 7n), accepted(Buffer.alloc(32, 2), 7_000_000n)])),
    ];
    await using bad = new Nodes(await Promise.all(misdeeds.map(() => TestNode.start(HOPELESS))));
    misdeeds.forEach((misdeed, at) => bad.nodes[at]?.misdeeds.push(misdeed));
    await using good = await TestNode.start(DIFFICULTY, 42);
    await using home = await Home.make([...bad.nodes, good]);
    await makeSmallPlot(home.path('plots/one.plot'), key.plotKey, 200_000, 3);
    expect((await home.space('start', '--daemon')).code).to.equal(0);
    await waitFor('blocks of the good node', () => good.accepted.length === 3);
    const log = await readFile(home.path('miner.yaml.log'), 'utf8');
    const reasons = ['space_message_malformed', 'space_node_floods', 'space_node_closed', 'too far ahead'];
    expect(reasons.filter((reason) => !log.includes(reason))).to.deep.equal([]);
    expect([good.wrongs, bad.nodes.map(({ connections }) => connections)]).to.deep.equal([[], misdeeds.map(() => 1)]);
  });

  it('is known to be gone after a kill, starts again, and ends well by a signal', async () => {
    await using node = await TestNode.start(HOPELESS);
    await using home = await Home.make([node]);
    await makeSmallPlot(home.path('plots/one.plot'), key.plotKey, 5000, 3);
    expect((await home.space('start', '--daemon')).code).to.equal(0);
    const pid = (await home.status())?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await waitFor('its end', async () => (await home.space('status')).stdout.includes('Not Running'));
    expect((await home.space('stop')).stdout).to.contain('no miner runs');
    const again = home.foreground();
    await waitFor('a proof of the second run', () => node.connections === 2 && node.submissions.length >= 2);
    // Stopped as a whole it cannot answer, which is neither running well nor gone.
    again.signal('SIGSTOP');
    expect((await home.space('stop', '--timeout', '1')).stderr).to.contain('has not ended');
    await again.end('SIGTERM');
    expect([again.exitCode, (await home.output()).includes('stopped')]).to.deep.equal([0, true]);
  });

  it('refuses what it cannot start with, by exit code 1 and words, also in the background', async () => {
    const gone = await TestNode.start(HOPELESS);
    const { address } = gone;
    await gone[Symbol.asyncDispose]();
    await using home = await Home.make([{ address }], { maxConnectionRetries: 0 });
    const unreachable = home.foreground();
    await unreachable.ended();
    expect([unreachable.exitCode, await home.output()]).to.satisfy(
      ([code, text]: [number, string]) => code === 1 && text.includes('none of the nodes'),
    );
    await writeFile(home.path('miner_key.dat'), Buffer.alloc(31));
    const background = await home.space('start', '--daemon');
    expect([background.code, background.stderr.includes("a miner's key is 32 bytes")]).to.deep.equal([1, true]);
    await writeFile(home.path('miner.yaml'), 'plotDirektory: /x\n');
    const wrong = await home.space('start');
    expect([wrong.code, wrong.stderr.includes('plotDirektory')]).to.deep.equal([1, true]);
    for (const words of [[], ['begin'], ['status', '--what']]) expect((await home.space(...words)).code).to.equal(1);
    expect((await home.space('--help')).code).to.equal(0);
  });
});

/** Several nodes that end together. */
class Nodes implements AsyncDisposable {
  readonly nodes: readonly TestNode[];

  constructor(nodes: readonly TestNode[]) {
    this.nodes = nodes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}
