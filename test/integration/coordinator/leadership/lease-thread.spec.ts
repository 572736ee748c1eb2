import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { openContest } from '../../../../coordinator/leadership/index.js';
import { startJetStream } from '../../../support/nats-jetstream.js';
import type { JetStreamServer } from '../../../support/nats-jetstream.js';
import { describeWithNats, natsUrl } from '../../../support/nats.js';
import { waitFor } from '../../../support/wait-for.js';

const TTL_MS = 1_500;
/** This thread is no measure of a rival that shares it. */
const NEVER_MS = 1e9;

/** Takes the event loop of this thread. */
function stall(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs;);
}

describeWithNats('a lease of leadership that a thread keeps', () => {
  let server: JetStreamServer;
  let cleanups: (() => Promise<void>)[];

  before(async () => {
    server = await startJetStream();
  });

  after(() => server[Symbol.asyncDispose]());

  beforeEach(() => {
    cleanups = [];
  });

  afterEach(async () => {
    await Promise.all(cleanups.map((cleanUp) => cleanUp()));
  });

  const configOf = (cluster: string, servers = server.url) =>
    coordinatorConfigSchema.parse({
      dataDir: '/nonexistent',
      store: { kind: 'jetstream', jetstream: { servers, cluster, replicas: 1, leadershipTtl: `${String(TTL_MS)}ms` } },
    });

  async function stand(cluster: string, name: string, hungMs?: number) {
    const me = { id: randomUUID(), address: `${name}:7700` };
    const contest = await openContest(configOf(cluster), { me, clock: systemClock, logger: silentLogger }, hungMs);
    const over = new AbortController();
    const running = contest.run(over.signal);
    cleanups.push(async () => {
      over.abort();
      await running;
      await contest.close();
    });
    return { contest, signal: over.signal };
  }

  it('outlasts an event loop that stands still for longer than it', async () => {
    const { contest, signal } = await stand('busy', 'a');
    const term = await contest.nextTerm(signal);
    const { contest: rival } = await stand('busy', 'b', NEVER_MS);
    await waitFor('the rival to know', () => rival.leader?.address === 'a:7700');
    let hasLed = false;
    void rival.nextTerm(signal).then(
      () => (hasLed = true),
      () => undefined,
    );
    stall(2.1 * TTL_MS);
    expect(term.held()).to.equal(true);
    await systemClock.sleep(TTL_MS / 2, signal);
    expect([term.held(), hasLed, rival.leader?.address]).to.deep.equal([true, false, 'a:7700']);
  });

  it('passes to another when the event loop stands still for too long, and is not had again when it goes on', async () => {
    const { contest, signal } = await stand('hung', 'a', TTL_MS / 2);
    const term = await contest.nextTerm(signal);
    const { contest: rival } = await stand('hung', 'b', NEVER_MS);
    await waitFor('the rival to know', () => rival.leader?.address === 'a:7700');
    stall(3.5 * TTL_MS);
    expect(term.held()).to.equal(false);
    const won = await rival.nextTerm(signal);
    expect([won.held(), await term.lost]).to.deep.equal([true, 'lapsed']);
    await waitFor('it to know', () => contest.leader?.address === 'b:7700');
    await rival.end(won, true);
    await contest.end(term, false);
    const next = await contest.nextTerm(signal);
    expect([term.held(), next.held()]).to.deep.equal([false, true]);
  });

  it('is not contended for where the servers are unfit', async () => {
    const me = { id: randomUUID(), address: 'a:7700' };
    const config = configOf('unfit', natsUrl);
    const refused = openContest(config, { me, clock: systemClock, logger: silentLogger });
    const error: unknown = await refused.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(HeadframeError).with.property('reason', 'nats_no_jetstream');
  });
});
