import { expect } from 'chai';
import { Lane } from '../../../../agent/runtime/lane.js';

const NEVER = new AbortController().signal;

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a lane', () => {
  it('runs as many as it is wide, and the rest in the order they came', async () => {
    const lane = new Lane(2);
    const started: number[] = [];
    const gates = [gate(), gate(), gate(), gate()];
    const runs = gates.map(({ opened }, index) =>
      lane.run(NEVER, () => {
        started.push(index);
        return opened;
      }),
    );
    await settled();
    expect(started).to.deep.equal([0, 1]);
    gates[1]?.open();
    await settled();
    expect(started).to.deep.equal([0, 1, 2]);
    for (const { open } of gates) open();
    await Promise.all(runs);
    expect(started).to.deep.equal([0, 1, 2, 3]);
  });

  it('lets those ahead go before those in turn', async () => {
    const lane = new Lane(1);
    const first = gate();
    const order: string[] = [];
    const note = (name: string) => async () => void order.push(name);
    const runs = [
      lane.run(NEVER, () => first.opened),
      lane.run(NEVER, note('in turn')),
      lane.run(NEVER, note('ahead'), 'ahead'),
    ];
    first.open();
    await Promise.all(runs);
    expect(order).to.deep.equal(['ahead', 'in turn']);
  });

  it('is free again after a failure', async () => {
    const lane = new Lane(1);
    const failed = await lane.run(NEVER, () => Promise.reject(new Error('no'))).catch(() => 'failed');
    expect([failed, await lane.run(NEVER, () => Promise.resolve('ran'))]).to.deep.equal(['failed', 'ran']);
  });

  it('takes back the place of a task once, whether it left early or not', async () => {
    const lane = new Lane(1);
    const gates = [gate(), gate()];
    let running = 0;
    let most = 0;
    const early = lane.run(NEVER, (leave) => {
      leave();
      leave();
      return gates[0]?.opened ?? Promise.resolve();
    });
    const rest = [1, 2].map(() =>
      lane.run(NEVER, async () => {
        running += 1;
        most = Math.max(most, running);
        await gates[1]?.opened;
        running -= 1;
      }),
    );
    await settled();
    gates[0]?.open();
    await early;
    await settled();
    gates[1]?.open();
    await Promise.all(rest);
    expect(most).to.equal(1);
  });

  it('lets one who gives up leave the queue without losing a place', async () => {
    const lane = new Lane(1);
    const first = gate();
    const running = lane.run(NEVER, () => first.opened);
    const stop = new AbortController();
    const reason = new Error('enough');
    const waiting = lane.run(stop.signal, () => Promise.resolve('ran')).catch((error: unknown) => error);
    stop.abort(reason);
    expect(await waiting).to.equal(reason);
    first.open();
    await running;
    expect(await lane.run(NEVER, () => Promise.resolve('next'))).to.equal('next');
  });

  it('does not start for a signal that is aborted already', async () => {
    const reason = new Error('enough');
    const run = new Lane(1).run(AbortSignal.abort(reason), () => Promise.resolve('ran'));
    expect(await run.catch((error: unknown) => error)).to.equal(reason);
  });
});
