import { expect } from 'chai';
import { NetworkPasses } from '../../../../coordinator/chain/network-passes.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('passes over what is due of networks', () => {
  let clock: ManualClock;
  let stop: AbortController;
  /** What is due of each network, and the passes that began. */
  let due: Map<string, string>;
  let begun: string[];
  let end: Map<string, (error?: Error) => void>;

  beforeEach(() => {
    clock = new ManualClock();
    stop = new AbortController();
    due = new Map();
    begun = [];
    end = new Map();
  });

  function start(): Promise<void> {
    const pass = (what: string): Promise<void> => {
      begun.push(what);
      return new Promise((resolve, reject) => {
        end.set(what, (error) => (error === undefined ? resolve() : reject(error)));
      });
    };
    return new NetworkPasses({ clock, tickMs: 1_000, due: () => due, pass }).start(stop.signal);
  }

  it('go one by one for a network, and one that is slow holds up no other', async () => {
    void start();
    due.set('slow', 's1').set('fast', 'f1');
    await clock.advanceAsync(1_000);
    expect(begun).to.deep.equal(['s1', 'f1']);
    end.get('f1')?.();
    due.set('slow', 's2').set('fast', 'f2');
    await clock.advanceAsync(1_000);
    expect(begun).to.deep.equal(['s1', 'f1', 'f2']);
    end.get('s1')?.();
    await clock.advanceAsync(1_000);
    expect(begun).to.deep.equal(['s1', 'f1', 'f2', 's2']);
    stop.abort();
  });

  it('are over before the end is told, and begin no more after the signal', async () => {
    let isOver = false;
    const running = start().then(() => (isOver = true));
    due.set('net', 'one');
    await clock.advanceAsync(1_000);
    stop.abort();
    await clock.advanceAsync(5_000);
    expect({ isOver, begun }).to.deep.equal({ isOver: false, begun: ['one'] });
    end.get('one')?.();
    await running;
  });

  it('end all when one tells that nothing can go on', async () => {
    const running = start();
    due.set('net', 'one');
    await clock.advanceAsync(1_000);
    end.get('one')?.(new Error('the store has failed'));
    expect(await running.catch((error: unknown) => (error as Error).message)).to.equal('the store has failed');
    stop.abort();
  });
});
