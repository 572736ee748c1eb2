import { expect } from 'chai';
import { Outbox } from '../../../../agent/session/outbox.js';

interface Item {
  readonly serial: number;
  readonly state: string;
}

describe('Outbox', () => {
  it('keeps only the latest report of an instance', () => {
    const outbox = new Outbox<Item>();
    outbox.put({ serial: 1, state: 'starting' });
    outbox.put({ serial: 1, state: 'running' });
    expect(outbox.take(10)?.items).to.deep.equal([{ serial: 1, state: 'running' }]);
    expect(outbox.take(10)).to.equal(undefined);
  });

  it('sends again in the next session what was not acknowledged', () => {
    const outbox = new Outbox<Item>();
    outbox.put({ serial: 1, state: 'running' });
    outbox.put({ serial: 2, state: 'running' });
    const first = outbox.take(1);
    outbox.take(1);
    outbox.acknowledge(first?.sequence ?? 0);
    outbox.sessionEnded();
    expect(outbox.take(10)?.items).to.deep.equal([{ serial: 2, state: 'running' }]);
  });

  it('does not let an old unacknowledged report replace a newer one', () => {
    const outbox = new Outbox<Item>();
    outbox.put({ serial: 1, state: 'starting' });
    outbox.take(10);
    outbox.put({ serial: 1, state: 'running' });
    outbox.take(10);
    outbox.sessionEnded();
    expect(outbox.take(10)?.items).to.deep.equal([{ serial: 1, state: 'running' }]);
  });

  it('has a bounded number of batches on their way and keeps only the latest of what waits', () => {
    const outbox = new Outbox<Item>();
    let sent = 0;
    for (let round = 0; round < 100; round += 1) {
      outbox.put({ serial: 1, state: String(round) });
      if (outbox.take(10)) sent += 1;
    }
    expect(sent).to.be.below(100);
    outbox.acknowledge(sent);
    expect(outbox.take(10)?.items).to.deep.equal([{ serial: 1, state: '99' }]);
  });

  it('takes an acknowledgement for all batches up to it', () => {
    const outbox = new Outbox<Item>();
    for (const serial of [1, 2, 3]) {
      outbox.put({ serial, state: 'running' });
      outbox.take(10);
    }
    outbox.acknowledge(2);
    outbox.sessionEnded();
    expect(outbox.take(10)?.items.map(({ serial }) => serial)).to.deep.equal([3]);
  });
});
