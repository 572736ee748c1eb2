import { expect } from 'chai';
import { ChainConnection } from '../../../../../coordinator/chain/network/connection.js';
import type { ChainNote } from '../../../../../coordinator/chain/network/connection.js';
import { endpointFault } from '../../../../../coordinator/chain/network/refusals.js';
import type { SessionAim } from '../../../../../coordinator/chain/network/session-port.js';
import { FakeSession } from '../../../../support/chain/fake-session.js';
import { SAMPLE_FACTS } from '../../../../support/chain/facts.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const GENESIS = `0x${'1'.repeat(64)}`;

describe('the connection of a network', () => {
  let clock: ManualClock;
  let stop: AbortController;
  let sessions: FakeSession[];
  let aims: SessionAim[];
  let notes: ChainNote[];
  let pinned: string[];
  let isUp: boolean;
  let chain: ChainConnection;
  let running: Promise<void>;

  beforeEach(() => {
    clock = new ManualClock();
    stop = new AbortController();
    [sessions, aims, notes, pinned, isUp] = [[], [], [], [], true];
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  async function start(endpoints = ['ws://a', 'ws://b']): Promise<void> {
    const open = (aim: SessionAim): Promise<FakeSession> => {
      aims.push(aim);
      if (!isUp) return Promise.reject(endpointFault('endpoint_unreachable', `${aim.endpoint}: refused`));
      const session = new FakeSession(aim.endpoint, GENESIS);
      sessions.push(session);
      return Promise.resolve(session);
    };
    const onNote = (note: ChainNote): void => void notes.push(note);
    const onGenesis = (hash: string): void => void pinned.push(hash);
    const parts = { open, clock, random: () => 0, onNote, onGenesis };
    chain = new ChainConnection({ network: 'net', endpoints, genesisHash: undefined }, parts);
    running = chain.run(stop.signal);
    await clock.advanceAsync(0);
  }

  const last = (): FakeSession => {
    const found = sessions.at(-1);
    if (found === undefined) throw new Error('there was no session');
    return found;
  };

  it('is ready once a session stands, and pins the first block it meets', async () => {
    await start();
    expect(chain.state).to.equal('ready');
    expect(chain.capabilities?.kind).to.equal('subtensor');
    expect(pinned).to.deep.equal([GENESIS]);
    expect(await chain.read('what', () => Promise.resolve(7))).to.equal(7);
    expect(notes.map(({ reason }) => reason)).to.deep.equal(['network_ready']);
  });

  it('goes to the next endpoint when a session ends, and asks it for the same chain', async () => {
    await start();
    last().fail('endpoint_silent');
    await clock.advanceAsync(0);
    expect(chain.standing).to.include({ state: 'away', reason: 'endpoint_silent', reconnects: 1 });
    await expectReason(
      chain.read('what', () => Promise.resolve(7)),
      'chain_away',
    );
    await clock.advanceAsync(1_000);
    expect(aims[1]).to.deep.equal({ endpoint: 'ws://b', genesisHash: GENESIS });
    expect(chain.state).to.equal('ready');
    expect(pinned).to.have.length(1);
  });

  it('waits longer round by round while nothing answers, and says so once', async () => {
    isUp = false;
    await start();
    await clock.advanceAsync(60_000);
    // 250 ms a try in the first round of two, then 500, 1000, 2000, 4000, 8000 and 15000 ms.
    expect(aims.length).to.be.within(10, 16);
    expect(notes.map(({ reason }) => reason)).to.deep.equal(['endpoint_unreachable']);
    isUp = true;
    await clock.advanceAsync(30_000);
    expect(chain.state).to.equal('ready');
  });

  it('ends what is read when its session ends, or when no answer comes in time', async () => {
    await start();
    const lost = expectReason(
      chain.read('what', () => new Promise(() => undefined)),
      'chain_away',
    );
    last().fail('endpoint_lost');
    await lost;
    await clock.advanceAsync(1_000);
    const late = expectReason(
      chain.read('what', () => new Promise(() => undefined), 2_000),
      'chain_slow',
    );
    await clock.advanceAsync(2_000);
    await late;
  });

  it('keeps what the chain said as the cause of a refusal, and takes no more calls than it can follow', async () => {
    await start();
    const cause = new Error('1010: no');
    const refused = await chain.read('what', () => Promise.reject(cause)).catch((error: unknown) => error);
    expect(refused).to.include({ reason: 'chain_failed', cause });
    const many = Array.from({ length: 256 }, () =>
      chain.read('what', () => new Promise(() => undefined)).catch(() => undefined),
    );
    await expectReason(
      chain.read('what', () => Promise.resolve(7)),
      'chain_busy',
    );
    last().fail('endpoint_lost');
    await Promise.all(many);
  });

  it('tells of best and final blocks, those missed as one with the newest', async () => {
    await start();
    const seen: string[] = [];
    const stopBest = chain.onBest(({ number }) => seen.push(`best ${String(number)}`));
    chain.onFinalized(({ number }) => seen.push(`final ${String(number)}`));
    last().best(4);
    last().finalized(2);
    last().best(4);
    last().best(9);
    await clock.advanceAsync(0);
    stopBest();
    last().best(10);
    last().finalized(1);
    await clock.advanceAsync(0);
    expect(seen).to.deep.equal(['best 4', 'final 2', 'best 9']);
    expect(chain.best).to.deep.equal({ number: 10, hash: 'main/10' });
    expect(chain.finalized?.number).to.equal(2);
  });

  it('notices a reorganisation, and apart from it a chain that stands before what was final', async () => {
    await start();
    for (const number of [1, 2, 3, 4, 5]) last().best(number);
    last().finalized(3);
    last().best(5, 'fork');
    await clock.advanceAsync(0);
    expect(notes.at(-1)?.reason).to.equal('chain_rewound');
    expect(chain.finalized).to.equal(undefined);
    last().finalized(1);
    last().best(6, 'fork');
    last().best(6, 'fork');
    await clock.advanceAsync(0);
    expect(chain.finalized?.number).to.equal(1);
    expect(chain.standing.reorgs).to.equal(1);
  });

  it('has the capabilities of the new runtime after an upgrade, on the same session', async () => {
    await start();
    expect(chain.capabilities?.dynamicTao).to.equal(false);
    last().upgrade(SAMPLE_FACTS.dynamic);
    expect(chain.capabilities?.dynamicTao).to.equal(true);
    expect(chain.standing.about?.specVersion).to.equal(2);
    expect(notes.at(-1)?.reason).to.equal('network_upgraded');
    expect(sessions).to.have.length(1);
  });

  it('closes its session when it is ended, and tries no more', async () => {
    await start();
    stop.abort();
    await running;
    expect(last().closed).to.equal(true);
    expect(chain.state).to.equal('away');
    await clock.advanceAsync(100_000);
    expect(aims).to.have.length(1);
  });
});
