import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import { expect } from 'chai';
import { loadCoordinatorConfig } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';

const load = (flags: Record<string, string>) => loadCoordinatorConfig({ file: undefined, env: {}, flags }).store;

function refusedPath(flags: Record<string, string>): string | undefined {
  try {
    load(flags);
    return undefined;
  } catch (error) {
    if (error instanceof HeadframeError) return error.violations[0]?.path;
    throw error;
  }
}

const SERVERS = { 'store.kind': 'jetstream', 'store.jetstream.servers': 'nats://a:4222,nats://b:4222' };

describe('The configuration of the store', () => {
  it('keeps files unless told otherwise', () => {
    expect(load({}).kind).to.equal('lowdb');
  });

  it('takes a cluster of servers with three replicas', () => {
    expect(load(SERVERS)).to.deep.include({ kind: 'jetstream' });
    expect(load(SERVERS).jetstream).to.include({
      ...{ cluster: 'main', replicas: 3, acceptDurability: 'always', commitTimeoutMs: 30_000 },
    });
  });

  it('refuses what cannot be a store, naming the field', () => {
    expect(refusedPath({ 'store.kind': 'jetstream' })).to.equal('store.jetstream.servers');
    expect(refusedPath({ ...SERVERS, 'store.jetstream.replicas': '2' })).to.equal('store.jetstream.replicas');
    expect(refusedPath({ ...SERVERS, 'store.jetstream.cluster': 'Main_1' })).to.equal('store.jetstream.cluster');
    expect(refusedPath({ ...SERVERS, 'store.jetstream.certificateFile': '/c.pem' })).to.equal(
      'store.jetstream.keyFile',
    );
    expect(refusedPath({ ...SERVERS, 'store.jetstream.acceptDurability': 'never' })).to.equal(
      'store.jetstream.acceptDurability',
    );
  });

  it('takes certificate and key of the bus together alone', () => {
    const nats = { url: 'tls://n1:4222', caFile: '/ca.pem', certificateFile: '/c.pem' };
    const refused = coordinatorConfigSchema.safeParse({ nats }).error?.issues[0]?.path;
    expect(refused).to.deep.equal(['nats', 'keyFile']);
    expect(coordinatorConfigSchema.parse({ nats: { ...nats, keyFile: '/k.pem' } }).nats).to.include(nats);
  });

  it('has a coordinator among others say where it is reached, where it listens at every address', () => {
    const store = { kind: 'jetstream', jetstream: { servers: 'nats://a:4222' } };
    const whole = (rest: object) => coordinatorConfigSchema.safeParse({ store, ...rest }).error?.issues[0]?.path;
    expect(whole({ listen: '0.0.0.0:7700' })).to.deep.equal(['advertise']);
    expect(whole({ listen: '[::]:7700' })).to.deep.equal(['advertise']);
    expect(whole({ listen: '0.0.0.0:7700', advertise: 'c1:7700' })).to.equal(undefined);
    expect(whole({ listen: '10.0.0.1:7700' })).to.equal(undefined);
    expect(coordinatorConfigSchema.parse({ store }).store.jetstream.leadershipTtlMs).to.equal(5_000);
  });
});
