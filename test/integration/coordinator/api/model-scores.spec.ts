import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { CanaryOutcome, ModelScoreService } from '../../../../common/gen/headframe/v1/model_score_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { keepRound, keepUptime } from '../../../../common/model/model-record.js';
import type { CanaryRound } from '../../../../common/model/model-record.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { Client } from '../../../../common/rpc/index.js';
import { checkReplicas } from '../../../../coordinator/kinds/model/index.js';
import type { ReplicaReport } from '../../../../coordinator/kinds/model/index.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleMiner, sampleSpec } from '../../../support/fleet-samples.js';
import { MemoryStore } from '../../../support/memory-store.js';

const ROUND: CanaryRound = {
  ...{ id: 'r', serial: 7, hostId: 'host-1', outcome: 'answered', reason: 'canary_answered', text: 'said' },
  ...{ judge: 'exact', quality: 0.5, tookMs: 2_000, oldKey: 'text', atMs: 0 },
};
const HOUR = 3_600_000;

/** A store with two models that are stopped, and what is known of one. */
async function storeWithModels(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const { fleet } = await openFleetFixture(store);
  const nowMs = Date.now();
  const put = fleet.transact((tx) => {
    for (const name of ['good', 'new'])
      tx.putMiner(sampleMiner({ kind: 'model', name, replicas: 0 }, { workloadId: 1 }));
    tx.putMiner(sampleMiner({ name: 'other', replicas: 0 }));
    const empty = { miner: 'good', sinceMs: 0, rounds: [], uptime: [] };
    const once = keepRound(keepUptime(empty, HOUR, 0.5, nowMs), { ...ROUND, atMs: nowMs - 1 });
    const failed = { ...ROUND, id: 's', serial: 0, outcome: 'failed', reason: 'canary_absent', quality: 0 } as const;
    tx.putModelRecord(keepRound(once, { ...failed, judge: '', oldKey: '', atMs: nowMs }));
  });
  await put.durable;
  return store.reopen();
}

describe('the service of scores of models', () => {
  let fixture: CoordinatorFixture;
  let scores: Client<typeof ModelScoreService>;

  before(async () => {
    fixture = await openCoordinatorFixture({}, await storeWithModels());
    scores = createClient(ModelScoreService, fixture.channel);
  });
  after(() => fixture.close());

  it('lists models alone, the best first, with their terms, page by page', async () => {
    const first = await scores.listModelScores({ pageSize: 1 });
    expect(first.scores).to.have.lengthOf(1);
    expect(first.scores[0]).to.include({ miner: 'good', quality: 0.25, speed: 0.125, availability: 0.5, gap: '' });
    expect(first.scores[0]).to.include({ participation: 0.5, rounds: 2 });
    expect(first.scores[0]?.score).to.be.closeTo(0.4 * 0.25 + 0.3 * 0.125 + 0.2 * 0.5 + 0.1 * 0.5, 1e-12);
    const second = await scores.listModelScores({ pageSize: 1, pageToken: first.nextPageToken });
    expect(second.scores.map(({ miner, score, gap }) => [miner, score, gap])).to.deep.equal([['new', 0, 'unmeasured']]);
    expect(second.nextPageToken).to.equal('');
  });

  it('lists what a model was asked, the newest first', async () => {
    const { rounds } = await scores.listCanaryRounds({ miner: 'good' });
    expect(rounds.map(({ instance, outcome }) => [instance, outcome])).to.deep.equal([
      ['', CanaryOutcome.FAILED],
      ['good-7', CanaryOutcome.ANSWERED],
    ]);
    expect(rounds[1]).to.deep.include({ judge: 'exact', quality: 0.5, tookMs: 2_000n, oldKey: 'text' });
    expect((await scores.listCanaryRounds({ miner: 'new' })).rounds).to.deep.equal([]);
    await expectReason(scores.listCanaryRounds({ miner: 'gone' }), 'miner_not_found');
  });

  it('checks no model that does not run, nor what is none', async () => {
    await expectReason(scores.checkModel({ miner: 'good' }), 'model_not_running');
    await expectReason(scores.checkModel({ miner: 'other' }), 'not_a_model');
    await expectReason(scores.checkModel({ miner: 'gone' }), 'miner_not_found');
    await expectReason(scores.checkModel({ miner: 'good', timeoutMs: 300_001 }), 'request_invalid');
  });
});

describe('checking the replicas of a model', () => {
  const GOOD: Readonly<Record<string, object>> = {
    'GET /health': { status: 'healthy', model_loaded: true, uptime: '1m' },
    'GET /info': { model_name: 'm', model_type: 'llm', version: '1', capabilities: [], max_context_length: 10 },
    'POST /api/chat': { response: '4', model: 'm', timestamp: '2024-01-15T10:30:00Z', processing_time: 0 },
  };
  const hosts = new Set<string | undefined>();
  const serve = (
    { method, url, headers }: Parameters<RequestListener>[0],
    response: Parameters<RequestListener>[1],
  ) => {
    hosts.add(headers.host);
    response.end(JSON.stringify(GOOD[`${method ?? ''} ${url ?? ''}`]));
  };

  it('asks each by the way of the fleet, and tells which is broken', async () => {
    const servers = [createServer(serve), createServer((_request, response) => response.writeHead(500).end())];
    const ports = new Set<number>();
    const { fleet } = await openFleetFixture();
    const port = { name: 'http', containerPort: 3000, protocol: 'tcp', hostPort: 0 } as const;
    const spec = {
      kind: 'model',
      name: 'tiny',
      replicas: 3,
      container: { ...sampleSpec().container, ports: [port] },
    } as const;
    const first = addMiner(fleet, spec, 3);
    for (const serial of [first, first + 1]) {
      assign(fleet, serial);
      fleet.transact((tx) =>
        tx.updateInstance(serial, { state: 'running', health: 'unhealthy', reason: 'started', text: '' }),
      );
    }
    try {
      for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const reach = {
        connect: (serial: number, containerPort: number) => {
          ports.add(containerPort);
          // A TCP server has an address with a port.
          return Promise.resolve(connect((servers[serial - first]?.address() as AddressInfo).port, '127.0.0.1'));
        },
      };
      const miner = fleet.miner('tiny');
      if (miner === undefined) expect.fail('no miner');
      const signal = new AbortController().signal;
      const reports = await checkReplicas({ fleet, reach, clock: systemClock }, miner, 5_000, signal);
      const marks = (report: ReplicaReport | undefined) => [...new Set(report?.points.map(({ mark }) => mark))];
      expect(reports.map(({ instance, conforms }) => [instance, conforms])).to.deep.equal([
        [`tiny-${String(first)}`, true],
        [`tiny-${String(first + 1)}`, false],
      ]);
      expect([marks(reports[0]), marks(reports[1])]).to.deep.equal([['met'], ['broken']]);
      expect([...ports]).to.deep.equal([3000]);
      expect([...hosts]).to.deep.equal(['tiny']);
    } finally {
      for (const server of servers) server.close();
    }
  });
});
