import { expect } from 'chai';
import { DiscardPolicy, RetentionPolicy, StorageType } from 'nats';
import type { StreamConfig } from 'nats';
import { namesOf, unfitness } from '../../../../../coordinator/store/jetstream/streams.js';

const FIT: Partial<StreamConfig> = {
  subjects: ['headframe.main.journal'],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  max_age: 0,
  max_msgs: -1,
  max_msgs_per_subject: -1,
};

// What the server leaves out is left out here.
const unfit = (patch: Partial<StreamConfig>): string | undefined =>
  unfitness({ ...FIT, ...patch } as StreamConfig, 'headframe.main.journal');

describe('The streams of a store', () => {
  it('are named after the cluster', () => {
    const { journal, snapshots } = namesOf('main');
    expect(journal).to.deep.equal({ name: 'HEADFRAME_main', subject: 'headframe.main.journal' });
    expect(snapshots).to.deep.equal({ name: 'HEADFRAME_main_SNAPSHOTS', subject: 'headframe.main.snapshot' });
  });

  it('are fit as they are made', () => {
    expect(unfit({})).to.equal(undefined);
    expect(unfit({ allow_direct: false, num_replicas: 1, deny_delete: true })).to.equal(undefined);
  });

  it('are unfit with any setting by which something goes by itself or is read of who does not lead', () => {
    expect(unfit({ max_age: 1 })).to.include('max_age');
    expect(unfit({ max_msgs: 5 })).to.include('max_msgs');
    expect(unfit({ max_msgs_per_subject: 5 })).to.include('max_msgs_per_subject');
    expect(unfit({ discard: DiscardPolicy.Old })).to.include('discard');
    expect(unfit({ storage: StorageType.Memory })).to.include('storage');
    expect(unfit({ retention: RetentionPolicy.Interest })).to.include('retention');
    expect(unfit({ allow_direct: true })).to.include('allow_direct');
    expect(unfit({ deny_purge: true })).to.include('deny_purge');
    expect(unfit({ subjects: ['headframe.>'] })).to.include('subjects');
  });
});
