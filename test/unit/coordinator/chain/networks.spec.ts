import { expect } from 'chai';
import pino from 'pino';
import type { IntentRecord } from '../../../../common/model/intent.js';
import { addNetwork, removeNetwork } from '../../../../coordinator/chain/index.js';
import { Networks } from '../../../../coordinator/chain/networks.js';
import type { SessionAim } from '../../../../coordinator/chain/network/session-port.js';
import { FakeSession } from '../../../support/chain/fake-session.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';

const GENESIS = `0x${'1'.repeat(64)}`;

describe('the networks of a coordinator', () => {
  let at: FleetFixture;
  let networks: Networks;
  let aims: SessionAim[];
  let sessions: FakeSession[];
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    at = await openFleetFixture();
    [aims, sessions] = [[], []];
    start();
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  function start(): void {
    stop = new AbortController();
    const open = (aim: SessionAim): Promise<FakeSession> => {
      aims.push(aim);
      const session = new FakeSession(aim.endpoint, GENESIS);
      sessions.push(session);
      return Promise.resolve(session);
    };
    networks = new Networks({ ...at, random: () => 0, logger: pino({ level: 'silent' }), open });
    running = networks.start(stop.signal);
  }

  const add = (name: string, genesisHash?: string): void => {
    at.fleet.transact((tx) => addNetwork(tx, { name, endpoints: [`ws://${name}`], genesisHash, labels: {} }));
  };
  const remove = (name: string): Promise<unknown> =>
    Promise.resolve().then(() => {
      at.fleet.transact((tx) => {
        removeNetwork(tx, name);
      });
    });
  const settle = () => at.clock.advanceAsync(0);

  it('are none, and connect to nothing, until one is declared', async () => {
    await settle();
    expect(aims).to.deep.equal([]);
    expect(() => networks.find('net'))
      .to.throw()
      .with.property('reason', 'network_not_found');
  });

  it('have one connection each, and keep the chain that they met', async () => {
    add('net');
    await settle();
    expect(networks.find('net').state).to.equal('ready');
    expect(at.fleet.network('net')?.genesisHash).to.equal(GENESIS);
    expect(sessions).to.have.length(1);
    stop.abort();
    await running;
    expect(sessions[0]?.closed).to.equal(true);
    start();
    await settle();
    expect(aims[1]).to.deep.equal({ endpoint: 'ws://net', genesisHash: GENESIS });
  });

  it('are declared once, and not without end', async () => {
    add('net');
    expect(() => {
      add('net');
    })
      .to.throw()
      .with.property('reason', 'network_exists');
    for (let index = 1; index < 32; index++) add(`net-${String(index)}`);
    expect(() => {
      add('more');
    })
      .to.throw()
      .with.property('reason', 'too_many_networks');
    await settle();
  });

  it('are removed with their connection, but not while a call on them is open', async () => {
    add('net');
    await settle();
    const intent: IntentRecord = {
      ...{ id: 'i1', key: 'k', network: 'net', wallet: 'w', signer: 's', purpose: '', note: '', attempts: 0 },
      ...{ call: { pallet: 'balances', method: 'transfer', args: [] }, amount: '0', cap: '0', maxTip: '0' },
      ...{ state: 'signed', createdAtMs: 0, changedAtMs: 0 },
    };
    at.fleet.transact((tx) => {
      tx.putIntent(intent);
    });
    await expectReason(remove('net'), 'network_in_use');
    at.fleet.transact((tx) => {
      tx.putIntent({ ...intent, state: 'finalised' });
    });
    await remove('net');
    await settle();
    expect(sessions[0]?.closed).to.equal(true);
    expect(networks.connections()).to.deep.equal([]);
    await expectReason(remove('net'), 'network_not_found');
  });

  it('record what happens to them, and what a node repeats only now and then', async () => {
    add('net');
    await settle();
    for (let turn = 0; turn < 5; turn++) {
      sessions.at(-1)?.best(5, turn % 2 === 0 ? 'main' : 'fork');
      await settle();
    }
    const events = at.store.commits.flatMap((commit) => commit.events.map(({ reason }) => reason));
    expect(events.filter((reason) => reason === 'chain_reorg')).to.have.length(1);
    expect(networks.find('net').standing.reorgs).to.equal(4);
  });
});
