import { expect } from 'chai';
import { noDocker } from '../../support/docker.js';
import { describeWith } from '../../support/describe-with.js';
import { noNewNats } from '../../support/nats-cluster.js';
import { QuickstartRun } from '../../support/quickstart-run.js';
import { makeTempDir } from '../../support/temp-dir.js';

const STEP_MS = 120_000;
const TEST_MS = 300_000;

describeWith(noDocker ?? noNewNats)('the demonstration of a cluster', () => {
  it('kills the leader, shows that the fleet goes on in the same containers, and leaves nothing', async () => {
    await using temp = await makeTempDir();
    await using run = closing(temp.path);
    expect(await run.of.end(), run.of.told).to.equal(0);
    const { told, printed } = run.of;
    const [, first] = /(coordinator-\d) leads, the others follow/.exec(told) ?? [];
    const [, next, seconds] = /(coordinator-\d) leads (\d+\.\d) s after the kill/.exec(told) ?? [];
    expect([first, next]).to.not.include(undefined);
    expect(next).not.to.equal(first);
    expect(Number(seconds)).to.be.within(0.1, 30);
    const [, before] = /beacon runs in containers ([0-9a-f]{12} [0-9a-f]{12})\n/.exec(told) ?? ['', 'none'];
    expect(told).to.include(`beacon runs in the same containers as before, never restarted: ${before}\n`);
    expect(told).to.match(/hasher runs in containers (?:[0-9a-f]{12} ?){4}: the fleet goes on/);
    expect(printed.match(/ leader /g), printed).to.have.length(2);
    expect(printed.match(/ follower /g), printed).to.have.length(3);
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);

  it('leaves nothing at Ctrl-C', async () => {
    await using temp = await makeTempDir();
    await using run = closing(temp.path);
    await run.of.says('joining two hosts', STEP_MS);
    run.of.interrupt();
    expect(await run.of.end(), run.of.told).to.equal(130);
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);

  it('fails, and leaves nothing, when a program ends by itself', async () => {
    await using temp = await makeTempDir();
    await using run = closing(temp.path);
    await run.of.says('starting three coordinators', STEP_MS);
    const [server = 0] = run.of.processes('/n2/nats.conf');
    process.kill(server, 'SIGKILL');
    expect(await run.of.end()).to.equal(1);
    expect(run.of.told).to.include('the NATS server n2 ended (SIGKILL)');
    expect(await run.of.leftovers()).to.deep.equal([]);
  }).timeout(TEST_MS);
});

function closing(temp: string): AsyncDisposable & { readonly of: QuickstartRun } {
  const run = new QuickstartRun([], temp, 'cluster-demo');
  return { of: run, [Symbol.asyncDispose]: () => run.close() };
}
