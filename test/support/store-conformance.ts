import { expect } from 'chai';
import { HeadframeError } from '../../common/model/error.js';
import type { Store, StoreChange } from '../../coordinator/store/store.js';
import { recordsAfter, recordsOf, sampleCommit, sampleInstance } from './store-samples.js';

/** A durable place that the stores of one test share: opening again is what a restart does. */
export interface StorePlace {
  open(): Store;
  dispose(): Promise<void>;
}

const document = (key: string, value: object): StoreChange => ({ kind: 'document', table: 'miner', key, value });
const instance = (serial: number): StoreChange => ({ kind: 'instance', record: sampleInstance({ serial }) });

/** What every store must do, whatever keeps its records. */
export function itIsAStore(makePlace: () => Promise<StorePlace>): void {
  let place: StorePlace;
  const opened: Store[] = [];

  beforeEach(async () => {
    place = await makePlace();
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await place.dispose();
  });

  const open = (): Store => {
    const store = place.open();
    opened.push(store);
    return store;
  };

  it('is empty when new, at epoch and revision 0', async () => {
    const fleet = await open().load();
    expect([fleet.epoch, fleet.revision, fleet.recent, fleet.warnings]).to.deep.equal([0, 0, [], []]);
    expect(recordsOf(fleet)).to.deep.equal(recordsAfter([]));
  });

  it('gives back what was committed, with its last commits in order', async () => {
    const first = open();
    await first.load();
    const commits = [
      sampleCommit(1, [document('alpha', { replicas: 2 }), instance(1), instance(2)], 1),
      sampleCommit(2, [document('beta', { ümlaut: 'ß', nested: [null, { deep: true }] })]),
      sampleCommit(3, [{ kind: 'documentRemoved', table: 'miner', key: 'alpha' }]),
      sampleCommit(4, [{ kind: 'instanceRemoved', serial: 1 }], 2),
      sampleCommit(5),
    ];
    for (const commit of commits) await first.commit(commit, 1);
    await first.close();
    const fleet = await open().load();
    expect([fleet.epoch, fleet.revision, fleet.warnings]).to.deep.equal([1, 5, []]);
    expect(recordsOf(fleet)).to.deep.equal(recordsAfter(commits));
    expect(fleet.recent).to.deep.equal(commits);
  });

  it('makes commits durable in the order they were made, without being waited for', async () => {
    const first = open();
    await first.load();
    const done: number[] = [];
    const revisions = Array.from({ length: 50 }, (_, index) => index + 1);
    const commits = revisions.map((revision) => sampleCommit(revision, [instance(revision)]));
    await Promise.all(commits.map((commit) => first.commit(commit, 1).then(() => done.push(commit.revision))));
    expect(done).to.deep.equal(revisions);
    await first.close();
    expect(recordsOf(await open().load())).to.deep.equal(recordsAfter(commits));
  });

  it('waits for commits under way before it closes', async () => {
    const first = open();
    await first.load();
    const durable = first.commit(sampleCommit(1, [instance(1)]), 1);
    await first.close();
    await durable;
    expect((await open().load()).revision).to.equal(1);
  });

  it('takes each start for a higher epoch, even when nothing was committed', async () => {
    for (const epoch of [0, 1, 2]) {
      const store = open();
      expect((await store.load()).epoch).to.equal(epoch);
      await store.close();
    }
  });

  it('refuses a lower epoch than its own and goes on', async () => {
    const first = open();
    await first.load();
    await first.close();
    const second = open();
    await second.load();
    const refused = await second.commit(sampleCommit(1), 1).catch((thrown: unknown) => thrown);
    expect(refused).to.be.instanceOf(HeadframeError).with.property('code', 'failed_precondition');
    await second.commit(sampleCommit(1, [instance(7)]), 2);
    await second.close();
    expect((await open().load()).revision).to.equal(1);
  });

  it('refuses a commit that does not follow the last one', async () => {
    const store = open();
    await store.load();
    const refused = await store.commit(sampleCommit(2), 1).catch((thrown: unknown) => thrown);
    expect(refused).to.be.instanceOf(HeadframeError).with.property('code', 'failed_precondition');
  });
}
