import { expect } from 'chai';
import { LiveLink } from '../../../../../coordinator/dashboard/page/state/live-link.js';
import type { LinkState, ServerFrame, WireEvents } from '../../../../../coordinator/dashboard/page/state/live-link.js';
import { ManualClock } from '../../../../support/manual-clock.js';

interface Said {
  readonly type: string;
  readonly id: string;
  readonly topic?: string;
  readonly from?: string;
}

/** A connection of the page, by hand. */
class OneWire {
  readonly said: Said[] = [];
  readonly events: WireEvents;
  isClosed = false;

  constructor(events: WireEvents) {
    this.events = events;
  }

  tell(frame: object): void {
    this.events.onText(JSON.stringify(frame));
  }

  subscriptions(): Said[] {
    return this.said.filter(({ type }) => type === 'subscribe');
  }
}

function openLink() {
  const clock = new ManualClock();
  const wires: OneWire[] = [];
  const states: LinkState[] = [];
  const link = new LiveLink({
    open: (events) => {
      const wire = new OneWire(events);
      wires.push(wire);
      return {
        // The link's own frames.
        send: (text) => wire.said.push(JSON.parse(text) as Said),
        close: () => (wire.isClosed = true),
      };
    },
    nowMs: () => clock.nowMs(),
    after: (ms, call) => clock.setTimer(call, ms),
    random: () => 0,
    onState: (state) => states.push(state),
  });
  const wire = (index: number): OneWire => {
    const found = wires[index];
    if (found === undefined) throw new Error('nothing was opened');
    return found;
  };
  return { clock, wires, wire, states, link };
}

describe('the link of the dashboard', () => {
  it('subscribes once it is open, and tells what comes to whoever listens', () => {
    const { link, wire } = openLink();
    const heard: ServerFrame[] = [];
    link.listen({ topic: 'fleet', take: (frame) => heard.push(frame) });
    link.start();
    expect(wire(0).said).to.deep.equal([]);
    wire(0).events.onOpen();
    const [{ id } = { id: '' }] = wire(0).subscriptions();
    wire(0).tell({ type: 'Subscribed', id });
    wire(0).tell({ type: 'Fleet', id, revision: '7', data: [] });
    wire(0).tell({ type: 'Fleet', id: 'of somebody else', revision: '7', data: [] });
    expect(heard.map(({ type }) => type)).to.deep.equal(['Fleet']);
  });

  it('goes on by the last revision after a loss, and begins anew what has none', () => {
    const { link, wire, clock } = openLink();
    const anew: string[] = [];
    link.listen({ topic: 'fleet', isResumed: true, take: () => undefined, onAnew: () => anew.push('fleet') });
    link.listen({ topic: 'logs/a-1', take: () => undefined, onAnew: () => anew.push('logs') });
    link.start();
    wire(0).events.onOpen();
    const [fleet] = wire(0).subscriptions();
    wire(0).tell({ type: 'Fleet', id: fleet?.id, revision: '0', data: [] });
    wire(0).tell({ type: 'Progress', id: fleet?.id, revision: '41' });
    wire(0).events.onClose(1006);
    clock.advance(250);
    wire(1).events.onOpen();
    expect(
      wire(1)
        .subscriptions()
        .map(({ topic, from }) => [topic, from]),
    ).to.deep.equal([
      ['fleet', '41'],
      ['logs/a-1', undefined],
    ]);
    expect(anew).to.deep.equal(['fleet', 'logs', 'logs']);
  });

  it('begins anew where the revision is no longer kept, under an id of its own', () => {
    const { link, wire } = openLink();
    let anew = 0;
    link.listen({ topic: 'fleet', isResumed: true, from: '3', take: () => undefined, onAnew: () => (anew += 1) });
    link.start();
    wire(0).events.onOpen();
    wire(0).tell({ type: 'Relist', id: wire(0).subscriptions()[0]?.id });
    const [first, second] = wire(0).subscriptions();
    expect(first?.from).to.equal('3');
    expect(second?.from).to.equal(undefined);
    expect(second?.id).not.to.equal(first?.id);
    expect(anew).to.equal(1);
  });

  it('waits longer after each failure, up to a limit, and not at all once it was heard', () => {
    const { link, wires, wire, states, clock } = openLink();
    link.start();
    const waits: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      wire(index).events.onClose(1006);
      const state = states.at(-1);
      const waitMs = state?.kind === 'away' ? state.retryAtMs - clock.nowMs() : NaN;
      waits.push(waitMs);
      clock.advance(waitMs);
    }
    expect(waits).to.deep.equal([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    wire(8).events.onOpen();
    wire(8).tell({ type: 'Pong', id: 'beat' });
    wire(8).events.onClose(1001);
    clock.advance(250);
    expect(wires).to.have.length(10);
  });

  it('takes a silent connection for lost, one that never opens as well', () => {
    const { link, wires, wire, clock } = openLink();
    link.start();
    clock.advance(15_000);
    expect(wire(0).isClosed).to.equal(true);
    clock.advance(250);
    wire(1).events.onOpen();
    clock.advance(5_000);
    clock.advance(5_000);
    clock.advance(5_000);
    expect(wire(1).isClosed).to.equal(false);
    clock.advance(5_000);
    expect(wire(1).isClosed).to.equal(true);
    // What it says now is of a time that is over, its end as well.
    wire(1).tell({ type: 'Pong', id: 'beat' });
    wire(1).events.onClose(1006);
    clock.advance(499);
    expect(wires).to.have.length(2);
    clock.advance(1);
    expect(wires).to.have.length(3);
    clock.advance(2_000);
    expect(wires).to.have.length(3);
  });

  it('tries no more once the token is refused', () => {
    const { link, wires, wire, states, clock } = openLink();
    link.start();
    wire(0).events.onOpen();
    wire(0).events.onClose(4401);
    clock.advance(60_000);
    expect(states.at(-1)).to.deep.equal({ kind: 'refused' });
    expect(wires).to.have.length(1);
  });

  it('listens no more to what nobody wants, also over the next connection', () => {
    const { link, wire, clock } = openLink();
    const stop = link.listen({ topic: 'metrics', take: () => undefined });
    link.start();
    wire(0).events.onOpen();
    stop();
    expect(wire(0).said.at(-1)).to.include({ type: 'unsubscribe', id: wire(0).subscriptions()[0]?.id });
    wire(0).events.onClose(1006);
    clock.advance(250);
    wire(1).events.onOpen();
    expect(wire(1).subscriptions()).to.deep.equal([]);
  });
});
