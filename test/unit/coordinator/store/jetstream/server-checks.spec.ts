import { expect } from 'chai';
import { monitorFacts } from '../../../../../coordinator/store/jetstream/monitor.js';
import { judgeServers } from '../../../../../coordinator/store/jetstream/server-checks.js';
import type { ServerVerdict } from '../../../../../coordinator/store/jetstream/server-checks.js';

const CONNECTED = { version: '2.12.1', hasJetStream: true, maxPayload: 1_048_576, holders: ['n1', 'n2', 'n3'] };
const server = (name: string, patch: object = {}) => ({
  ...{ name, version: '2.12.0', syncAlways: true, syncMs: 120_000, isOff: false },
  ...patch,
});
const ALL = ['n1', 'n2', 'n3'].map((name) => server(name));
const ALWAYS = { replicas: 3, acceptDurability: 'always' } as const;
const ASYNC = { replicas: 3, acceptDurability: 'async' } as const;

const outcome = ({ refusal, warnings, mayLose }: ServerVerdict): readonly unknown[] => [
  refusal?.reason,
  warnings.length,
  mayLose !== undefined,
];

describe('The checks of NATS servers', () => {
  it('are passed by three new servers that all write first', () => {
    expect(outcome(judgeServers(CONNECTED, ALL, ALWAYS))).to.deep.equal([undefined, 0, false]);
  });

  it('refuse a server before 2.12 that is to hold replicas, and take it for a single one', () => {
    for (const version of ['2.9.10', '2.11.9', '1.99.0']) {
      const refused = judgeServers({ ...CONNECTED, version }, ALL, ASYNC).refusal;
      expect(refused).to.include({ code: 'failed_precondition', reason: 'nats_version' });
      expect(refused?.remedy).to.be.a('string');
    }
    expect(judgeServers(CONNECTED, [server('n1', { version: '2.10.0' })], ASYNC).refusal?.reason).to.equal(
      'nats_version',
    );
    const single = { ...CONNECTED, version: '2.10.0', holders: ['n1'] };
    expect(outcome(judgeServers(single, [server('n1')], { ...ALWAYS, replicas: 1 }))).to.deep.equal([
      undefined,
      1,
      false,
    ]);
    for (const version of ['2.12.0', '2.20.1', '3.0.0'])
      expect(judgeServers({ ...CONNECTED, version }, ALL, ALWAYS).refusal).to.equal(undefined);
  });

  it('refuse a server that acknowledges before it writes, unless that is accepted, and then say what may be lost', () => {
    const lazy = [server('n1'), server('n2', { syncAlways: false }), server('n3')];
    expect(judgeServers(CONNECTED, lazy, ALWAYS).refusal).to.include({ reason: 'nats_sync' });
    const accepted = judgeServers(CONNECTED, lazy, ASYNC);
    expect(accepted.refusal).to.equal(undefined);
    expect(accepted.mayLose).to.include('n2').and.not.include('n1');
    expect(accepted.syncMs).to.equal(240_000);
    const slow = [server('n1'), server('n2', { syncAlways: false, syncMs: 600_000 }), server('n3')];
    expect(judgeServers(CONNECTED, slow, ASYNC).syncMs).to.equal(1_200_000);
    expect(judgeServers(CONNECTED, ALL, ASYNC).syncMs).to.equal(0);
  });

  it('refuse servers that do not tell, unless that is accepted', () => {
    expect(outcome(judgeServers(CONNECTED, [], ALWAYS))).to.deep.equal(['nats_sync_unknown', 1, true]);
    expect(outcome(judgeServers(CONNECTED, [server('other')], ALWAYS))).to.deep.equal(['nats_sync_unknown', 1, true]);
    expect(outcome(judgeServers(CONNECTED, [server('n1')], ALWAYS))).to.deep.equal(['nats_sync_unknown', 1, true]);
    expect(outcome(judgeServers(CONNECTED, [], ASYNC))).to.deep.equal([undefined, 0, true]);
  });

  it('let a coordinator start while one of three servers is away, with a warning', () => {
    expect(outcome(judgeServers(CONNECTED, ALL.slice(1), ALWAYS))).to.deep.equal([undefined, 1, false]);
  });

  it('take one that has switched JetStream off for one that does not tell: it holds nothing, whatever it was set to', () => {
    const off = (name: string) => server(name, { isOff: true, syncAlways: false, freeBytes: 0 });
    expect(outcome(judgeServers(CONNECTED, [...ALL.slice(1), off('n1')], ALWAYS))).to.deep.equal([undefined, 1, false]);
    const most = [server('n1'), off('n2'), off('n3')];
    expect(outcome(judgeServers(CONNECTED, most, ALWAYS))).to.deep.equal(['nats_sync_unknown', 1, true]);
  });

  it('refuse a server without JetStream', () => {
    const refused = judgeServers({ ...CONNECTED, hasJetStream: false }, ALL, ASYNC).refusal;
    expect(refused?.reason).to.equal('nats_no_jetstream');
  });

  it('refuse a server that is nearly full, and one that takes small messages alone', () => {
    const full = [...ALL.slice(1), server('n1', { freeBytes: 200_000_000 })];
    expect(judgeServers(CONNECTED, full, ASYNC).refusal?.reason).to.equal('nats_room');
    expect(judgeServers({ ...CONNECTED, maxPayload: 60_000 }, ALL, ASYNC).refusal?.reason).to.equal('nats_payload');
  });

  it('read what a server tells of itself', () => {
    const config = { sync_always: true, sync_interval: 120_000_000_000, max_storage: 1000 };
    const stats = { storage: 100, reserved_storage: 300 };
    expect(monitorFacts({ server_name: 'n1', version: '2.15.1', jetstream: { config, stats } })).to.deep.equal({
      ...{ name: 'n1', version: '2.15.1', syncAlways: true, syncMs: 120_000, isOff: false },
      ...{ maxBytes: 1000, freeBytes: 700 },
    });
    expect(monitorFacts({ server_name: 'n1', version: '2.15.1', jetstream: {} })).to.include({ isOff: true });
    expect(() => monitorFacts({ version: '2.15.1' })).to.throw();
  });
});
