import { expect } from 'chai';
import { DiscardPolicy, RetentionPolicy, StorageType } from 'nats';
import type { StreamConfig } from 'nats';
import { holdersSeen, namesOf, unfitness } from '../../../../../coordinator/store/jetstream/streams.js';

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

/** With settings that the library does not know, or has otherwise. */
const unfitBy = (patch: Readonly<Record<string, unknown>>): string | undefined => unfit(patch);

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

  it('are unfit where servers acknowledge before they write, or not at all, take no message of full size or none, or bring their own', () => {
    expect(unfitBy({ persist_mode: 'async' })).to.equal('persist_mode is "async" instead of "default"');
    expect(unfitBy({ persist_mode: 'default' })).to.equal(undefined);
    expect(unfitBy({ no_ack: true })).to.include('no_ack');
    expect(unfitBy({ sealed: true })).to.include('sealed');
    expect(unfitBy({ max_msg_size: 100_000 })).to.include('max_msg_size');
    expect(unfitBy({ max_msg_size: -1 })).to.equal(undefined);
    expect(unfitBy({ sources: [{ name: 'other' }] })).to.include('sources');
    expect(unfitBy({ subject_transform: { src: '>', dest: 'x.>' } })).to.include('subject_transform');
    // The server tells no subjects of it.
    expect(unfitBy({ subjects: undefined, mirror: { name: 'other' } })).to.include('mirror');
  });

  it('are held by whom their leader names, each as it says; nobody knows where none leads', () => {
    const peer = (name: string, current: boolean, offline = false) => ({ name, current, offline, active: 0, lag: 0 });
    const replicas = [peer('n2', true), peer('n3', false), peer('n4', false, true)];
    const standings = (cluster: Parameters<typeof holdersSeen>[0]) =>
      holdersSeen(cluster, 'n1').map(({ name, standing }) => `${name} ${standing ?? '?'}`);
    expect(standings({ leader: 'n1', replicas })).to.deep.equal(['n1 current', 'n2 current', 'n3 behind', 'n4 away']);
    expect(standings({ replicas })).to.deep.equal(['n2 ?', 'n3 ?', 'n4 ?']);
    expect(standings(undefined)).to.deep.equal(['n1 current']);
  });
});
