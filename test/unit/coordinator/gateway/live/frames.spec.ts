import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { EventSchema, Severity } from '../../../../../common/gen/headframe/v1/event_pb.js';
import { WatchFleetResponseSchema } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { parseTopic, readFrame } from '../../../../../coordinator/gateway/live/frames.js';
import { eventData, isOf, resumeAfter } from '../../../../../coordinator/gateway/live/live-events.js';
import { statusesOf } from '../../../../../coordinator/gateway/live/topics.js';

describe('readFrame', () => {
  it('reads what a client asks', () => {
    const frame = { type: 'subscribe', id: 'a', topic: 'status', miner: 'first', from: '12' };
    const otherwise = { everySeconds: 5, tail: 100, sinceMs: 0n };
    expect(readFrame(JSON.stringify(frame))).to.deep.equal({ value: { ...frame, from: 12n, ...otherwise } });
    expect(readFrame('{"type":"ping","id":"a"}')).to.deep.equal({ value: { type: 'ping', id: 'a' } });
    expect(readFrame('{"type":"unsubscribe","id":"a"}')).to.deep.equal({ value: { type: 'unsubscribe', id: 'a' } });
  });

  it('reads topics of all and of one thing', () => {
    for (const topic of [
      'fleet',
      'events',
      'miner/first',
      'instance/first-7',
      'host/east-1.example',
      'logs/first-7',
      'build/first-7',
      'lease/l-1',
    ])
      expect(readFrame(JSON.stringify({ type: 'subscribe', id: 'a', topic })), topic).to.have.property('value');
    expect(parseTopic('fleet')).to.deep.equal({ kind: 'fleet', of: '' });
    expect(parseTopic('logs/first-7')).to.deep.equal({ kind: 'logs', of: 'first-7' });
  });

  it('says what is wrong with anything else', () => {
    const bad = [
      '{"type":"subscribe","id":"a","topic":"miner"}',
      '{"type":"subscribe","id":"a","topic":"miner/"}',
      '{"type":"subscribe","id":"a","topic":"fleet/first"}',
      '{"type":"subscribe","id":"a","topic":"host/../etc"}',
      '{"type":"subscribe","id":"a","topic":"logs/a","tail":-1}',
      '{"type":"subscribe","id":"a","topic":"constructor"}',
      '',
      '[]',
      'null',
      '{"type":"publish","id":"a","data":{}}',
      '{"type":"subscribe","id":"a","topic":"logs"}',
      '{"type":"subscribe","id":"a b","topic":"status"}',
      '{"type":"subscribe","id":"a","topic":"status","from":"-1"}',
      '{"type":"subscribe","id":"a","topic":"metrics","everySeconds":0}',
      '{"type":"subscribe","id":"a","topic":"status","token":"x"}',
    ];
    for (const text of bad) expect(readFrame(text), text).to.have.property('violations');
  });
});

describe('statusesOf', () => {
  it('maps miners that changed and names those that are gone', () => {
    const miner = {
      spec: { name: 'first', kind: 'module' },
      counts: { desired: 2, running: 1, healthy: 1, pending: 1 },
      updatedAtMs: 1_700_000_000_000n,
      why: { reason: 'no_host', text: 'No host fits.' },
    };
    const message = create(WatchFleetResponseSchema, {
      changes: [{ change: { case: 'miner', value: miner } }, { change: { case: 'minerRemoved', value: 'old' } }],
    });
    expect(statusesOf(message, 0)).to.deep.equal({
      removed: ['old'],
      data: [
        {
          ...{ module: 'first', kind: 'module', is_active: true, stopped: false },
          // Not known from this watch.
          ...{ current_stake: null, uptime: null },
          last_update: '2023-11-14T22:13:20.000Z',
          instances: { desired: 2, running: 1, healthy: 1, pending: 1 },
          why: { reason: 'no_host', text: 'No host fits.' },
        },
      ],
    });
  });
});

describe('events of a topic', () => {
  const event = (reason: string, revision = 1n) => create(EventSchema, { reason, revision });

  it('belong to stakes, to chains, or to both where somebody pays', () => {
    const topicsOf = (reason: string) => (['stake', 'chain'] as const).filter((topic) => isOf(topic, event(reason)));
    expect(topicsOf('intent_finalised')).to.deep.equal(['stake', 'chain']);
    expect(topicsOf('wallet_frozen')).to.deep.equal(['chain']);
    expect(topicsOf('network_added')).to.deep.equal(['chain']);
    expect(topicsOf('stake_policy_set')).to.deep.equal(['stake']);
    expect(topicsOf('stake_changed')).to.deep.equal(['stake']);
    expect(topicsOf('duties_done')).to.deep.equal(['chain']);
    expect(topicsOf('stake_too_low')).to.deep.equal(['stake', 'chain']);
    expect(topicsOf('intent_in_block')).to.deep.equal(['stake', 'chain']);
    expect(topicsOf('host_lost')).to.deep.equal([]);
  });

  it('are told with their severity in a word', () => {
    const told = eventData(create(EventSchema, { reason: 'intent_failed', severity: Severity.ERROR, revision: 4n }));
    expect(told).to.include({ revision: '4', severity: 'error', reason: 'intent_failed' });
  });

  it('can be resumed after the last, or before it where it may not have been told as a whole', () => {
    const two = [event('a', 8n), event('a', 9n)];
    expect([resumeAfter([], 2), resumeAfter(two, 3), resumeAfter(two, 2)]).to.deep.equal([undefined, 9n, 8n]);
  });
});
