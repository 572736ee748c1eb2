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
});
