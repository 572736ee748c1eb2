import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import type { CanaryRound } from '../../../../../common/model/model-record.js';
import type { MinerSpec } from '../../../../../common/model/miner.js';
import { silentLogger } from '../../../../../common/observe/logger.js';
import { ScoreLoop } from '../../../../../coordinator/kinds/model/scores/loop.js';
import type { ScoreTerms } from '../../../../../coordinator/kinds/model/scores/loop.js';
import { modelScoreOf } from '../../../../../coordinator/kinds/model/scores/score.js';
import type { ModelScore } from '../../../../../coordinator/kinds/model/scores/score.js';
import { addMiner, assign, openFleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleSpec } from '../../../../support/fleet-samples.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { ModelServer, right, rightAnswer } from '../../../../support/model-server.js';
import type { ChatAnswer } from '../../../../support/model-server.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { waitFor } from '../../../../support/wait-for.js';

const INTERVAL = 60_000;
const port = { name: 'http', containerPort: 3000, protocol: 'tcp', hostPort: 0 } as const;

describe('scoring models', () => {
  let at: FleetFixture;
  let model: ModelServer;
  let serials: number[];
  let isBraked: boolean;
  let reached: number[];
  let stop: () => Promise<void>;

  beforeEach(async () => {
    at = await openFleetFixture();
    model = await ModelServer.open();
    isBraked = false;
    reached = [];
    stop = () => Promise.resolve();
  });
  afterEach(async () => {
    await stop();
    await model[Symbol.asyncDispose]();
  });

  /** A model with replicas that run, healthy as long as nothing else is said. */
  function deploy(replicas = 1, spec: Partial<MinerSpec> = {}): void {
    const container = { ...sampleSpec().container, ports: [port] };
    const first = addMiner(at.fleet, { kind: 'model', name: 'tiny', replicas, container, ...spec }, replicas);
    serials = Array.from({ length: replicas }, (_, index) => first + index);
    for (const serial of serials) {
      assign(at.fleet, serial);
      become(serial, 'healthy');
    }
  }

  function become(serial: number, health: 'healthy' | 'unhealthy' | 'checking'): void {
    at.fleet.transact((tx) => tx.updateInstance(serial, { state: 'running', health, reason: 'started', text: '' }));
  }

  function start(terms: Partial<ScoreTerms> = {}): void {
    const { fleet, clock } = at;
    const end = new AbortController();
    let id = 0;
    const connect = (serial: number) => {
      reached.push(serial);
      return model.connect();
    };
    const parts = {
      ...{ fleet, clock, draw: seededRandom(5), logger: silentLogger, isBraked: () => isBraked, reach: { connect } },
      newId: () => String((id += 1)),
    };
    const usual = { intervalMs: INTERVAL, timeoutMs: 30_000, mostAtOnce: 4, templates: undefined };
    const running = new ScoreLoop(parts, { ...usual, embedding: undefined, llm: undefined, ...terms }).start(
      end.signal,
    );
    stop = async () => {
      end.abort();
      await running;
    };
  }

  const rounds = (): readonly CanaryRound[] => at.fleet.modelRecord('tiny')?.rounds ?? [];
  const reasons = (): string[] => rounds().map(({ reason }) => reason);
  const score = (): ModelScore =>
    modelScoreOf({ record: at.fleet.modelRecord('tiny'), nowMs: at.clock.nowMs(), fastMs: 1_000 });

  /** Lets time pass until so many rounds were played. */
  async function play(count: number): Promise<void> {
    const until = rounds().length + count;
    for (let step = 0; rounds().length < until; step += 1) {
      if (step > 2_000) expect.fail(`${String(rounds().length)} of ${String(until)} rounds: ${reasons().join()}`);
      const [played, asked] = [rounds().length, reached.length];
      await at.clock.advanceAsync(5_000);
      // Time stands still until the answer is there, so that it took none.
      await waitFor('the answer', () => rounds().length - played >= reached.length - asked);
    }
  }

  it('asks a model that answers rightly now and then, at no regular times, and gives it the full score', async () => {
    deploy();
    start();
    await play(12);
    expect(score()).to.include({ score: 1, rounds: 12, gap: '' });
    const times = rounds().map(({ atMs }) => atMs);
    expect(new Set(times.slice(1).map((time, index) => time - (times[index] ?? 0))).size).to.be.above(4);
    expect(new Set(model.asked.map(({ prompt }) => prompt)).size).to.equal(12);
    expect(model.asked[0]).to.include({ temperature: 0.2, max_tokens: 150 });
    expect(JSON.stringify(model.headers)).to.not.match(/headframe|canary/i);
  });

  const failing: readonly (readonly [string, ChatAnswer, string, Partial<ModelScore>])[] = [
    [
      'an HTTP 500 with the right text, which the original took for an answer',
      ({ prompt }, response) => response.writeHead(500).end(JSON.stringify({ response: rightAnswer(prompt) })),
      'canary_status',
      { score: 0.2, quality: 0, speed: 0, availability: 1, participation: 0 },
    ],
    [
      'no answer at all, which cost nothing in the original',
      (_asked, response) => response.destroy(),
      'canary_broken_off',
      { score: 0.2, participation: 0 },
    ],
    ['garbage', (_asked, response) => response.end('<html>'), 'canary_garbage', { score: 0.2, participation: 0 }],
    [
      'more than a MiB',
      (_asked, response) => response.end(JSON.stringify({ response: 'x'.repeat(2 ** 21) })),
      'canary_too_large',
      { score: 0.2 },
    ],
    [
      'many numbers, one of them the right one',
      ({ prompt }, response) => response.end(JSON.stringify({ response: `1 ${rightAnswer(prompt)} 2` })),
      'canary_answered',
      { quality: 0, speed: 0, participation: 1 },
    ],
  ];
  for (const [what, answer, reason, wanted] of failing)
    it(`scores ${what}`, async () => {
      deploy();
      model.answer = answer;
      start();
      await play(3);
      expect(reasons()).to.deep.equal([reason, reason, reason]);
      expect(score()).to.include(wanted);
    });

  it('gives up a model that hangs after its time, and one connection at most is open to it', async () => {
    deploy();
    model.answer = () => undefined;
    // The clock runs on while the prompt is on its way.
    start({ timeoutMs: 60 * INTERVAL });
    while (model.asked.length === 0) await at.clock.advanceAsync(5_000);
    await at.clock.advanceAsync(20 * INTERVAL);
    expect(rounds()).to.deep.equal([]);
    expect(model.open).to.equal(1);
    expect(reached).to.have.lengthOf(1);
    await at.clock.advanceAsync(40 * INTERVAL);
    await waitFor('the end', () => model.open === 0);
    expect(reasons()).to.deep.equal(['canary_late']);
  });

  it('understands a reply under an old key, and says which', async () => {
    deploy();
    model.answer = ({ prompt }, response) => response.end(JSON.stringify({ output: rightAnswer(prompt) }));
    start();
    await play(2);
    expect(rounds().map(({ oldKey }) => oldKey)).to.deep.equal(['output', 'output']);
    expect(score().score).to.equal(1);
  });

  it('asks healthy replicas alone, each of them in time, and counts the share that is healthy', async () => {
    deploy(4);
    const [sick = 0] = serials;
    become(sick, 'unhealthy');
    start();
    await play(20);
    expect(new Set(reached)).to.deep.equal(new Set(serials.slice(1)));
    expect(score()).to.include({ availability: 0.75, quality: 1 });
  });

  it('counts a round with nobody to ask as one that failed, once a replica has been healthy', async () => {
    deploy();
    const [only = 0] = serials;
    become(only, 'checking');
    start();
    await at.clock.advanceAsync(20 * INTERVAL);
    expect(at.fleet.modelRecord('tiny')).to.equal(undefined);
    become(only, 'healthy');
    await play(2);
    become(only, 'unhealthy');
    await play(2);
    expect(reasons()).to.deep.equal(['canary_answered', 'canary_answered', 'canary_absent', 'canary_absent']);
    expect(score()).to.include({ quality: 0.5, participation: 0.5 });
    expect(score().availability).to.be.within(0.05, 0.95);
  });

  it('asks nobody who is stopped, and nobody while too many hosts are silent at once', async () => {
    deploy(1, { replicas: 0 });
    start();
    await at.clock.advanceAsync(20 * INTERVAL);
    await stop();
    deploy();
    isBraked = true;
    start();
    await at.clock.advanceAsync(20 * INTERVAL);
    expect(model.asked).to.deep.equal([]);
    expect(at.fleet.modelRecord('tiny')).to.equal(undefined);
  });

  it('leaves miners of other kinds alone', async () => {
    deploy(1, { kind: 'container' });
    start();
    await at.clock.advanceAsync(20 * INTERVAL);
    expect(model.asked).to.deep.equal([]);
  });

  it('tells once that a model begins to fail, and once that it is well again', async () => {
    deploy();
    start();
    await play(1);
    model.answer = (_asked, response) => response.writeHead(503).end();
    await play(3);
    model.answer = right;
    await play(2);
    const told = at.store.commits.flatMap(({ events }) => events).map(({ reason }) => reason);
    expect(told.filter((reason) => reason.startsWith('canary_'))).to.deep.equal(['canary_failing', 'canary_recovered']);
  });

  it('goes on with its history after a restart, and drops it with the miner', async () => {
    deploy();
    start();
    await play(3);
    await stop();
    const before = at.fleet.modelRecord('tiny');
    const again = await openFleetFixture(at.store.reopen());
    expect(again.fleet.modelRecord('tiny')).to.deep.equal(before);
    again.fleet.transact((tx) => {
      for (const serial of serials) tx.removeInstance(serial);
      tx.removeMiner('tiny');
    });
    expect(again.fleet.modelRecord('tiny')).to.equal(undefined);
  });

  it('holds nothing against a replica that is stopped while it is asked, and is done at once when it is stopped itself', async () => {
    deploy();
    model.answer = () => undefined;
    start();
    const [only = 0] = serials;
    while (model.asked.length === 0) await at.clock.advanceAsync(5_000);
    at.fleet.transact((tx) => tx.updateInstance(only, { state: 'stopping', reason: 'scaled_down', text: '' }));
    await at.clock.advanceAsync(30_000);
    await waitFor('the end', () => model.open === 0);
    expect(rounds().map(({ outcome, reason }) => `${outcome} ${reason}`)).to.include('void canary_replaced');
    await stop();
    expect(model.open).to.equal(0);
  });

  it('tells of a way to a replica that leads nowhere', async () => {
    deploy();
    model.connect = () =>
      Promise.reject(new HeadframeError({ code: 'unavailable', reason: 'host_away', message: 'away' }));
    start();
    await play(1);
    expect(rounds()[0]).to.include({ outcome: 'failed', reason: 'canary_unreachable' });
  });
});
