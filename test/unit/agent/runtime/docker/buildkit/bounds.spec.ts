import { expect } from 'chai';
import { boundsOf, processCountFile } from '../../../../../../agent/runtime/docker/buildkit/bounds.js';
import { whyNoBuildkit } from '../../../../../../agent/runtime/docker/buildkit/can-bound.js';
import {
  mountedFolders,
  stepStateOf,
  upperFolder,
} from '../../../../../../agent/runtime/docker/buildkit/step-state.js';

const LIMITS = { memoryBytes: 4096, cpuMillis: 1500, pids: 64, diskBytes: 1, keepFreeBytes: 0 };

describe('the bounds of a step of BuildKit', () => {
  const written = (folders: Readonly<Record<string, string>>) =>
    boundsOf(folders, LIMITS)?.map(({ path, value, optional }) => `${path}=${value}${optional ? '?' : ''}`);

  it('are those of either version of control groups', () => {
    expect(written({ memory: '/m', cpu: '/c', pids: '/p', '': '/u' })).to.deep.equal([
      '/m/memory.limit_in_bytes=4096',
      '/m/memory.memsw.limit_in_bytes=4096?',
      '/c/cpu.cfs_period_us=100000',
      '/c/cpu.cfs_quota_us=150000',
      '/p/pids.max=64',
    ]);
    expect(written({ '': '/u' })).to.deep.equal([
      '/u/memory.max=4096',
      '/u/memory.swap.max=0?',
      '/u/cpu.max=150000 100000',
      '/u/pids.max=64',
    ]);
    expect(processCountFile({ pids: '/p', '': '/u' })).to.equal('/p/pids.current');
    expect(processCountFile({ '': '/u' })).to.equal('/u/pids.current');
  });

  it('are none where a controller is missing', () => {
    expect(boundsOf({ memory: '/m', cpu: '/c', '': '/u' }, LIMITS)).to.equal(undefined);
    expect(boundsOf({}, LIMITS)).to.equal(undefined);
    expect(processCountFile({})).to.equal(undefined);
  });

  it('are found by what runc keeps of a step, whole', () => {
    const state = { init_process_pid: 77, cgroup_paths: { memory: '/m', odd: 1 }, config: {} };
    expect(stepStateOf(JSON.stringify(state))).to.deep.equal({ pid: 77, folders: { memory: '/m' } });
    const broken = ['{"init_proc', '[]', '{}', JSON.stringify({ ...state, init_process_pid: 0 })];
    for (const text of [...broken, JSON.stringify({ ...state, cgroup_paths: {} })])
      expect(stepStateOf(text), text).to.equal(undefined);
  });

  it('count what lies over its image and in what it mounts to write to', () => {
    const mountinfo = [
      '124 122 0:54 / /dev rw,nosuid - tmpfs tmpfs rw',
      '123 122 0:51 / /x rw - overlay overlay rw,lowerdir=/l,upperdir=/other,workdir=/w',
      '122 68 0:50 / / rw,relatime master:6 - overlay overlay rw,lowerdir=/l/A:/l/B,upperdir=/o/a\\040b/diff,workdir=/o/w',
    ].join('\n');
    expect(upperFolder(mountinfo)).to.equal('/o/a b/diff');
    expect(upperFolder('122 68 254:0 / / rw - ext4 /dev/vda rw')).to.equal(undefined);
    const mounts = [
      { type: 'bind', source: '/cache', options: ['rbind'] },
      { type: 'bind', source: '/hosts', options: ['rbind', 'ro'] },
      { type: 'tmpfs', source: 'tmpfs' },
    ];
    expect(mountedFolders(JSON.stringify({ mounts }))).to.deep.equal(['/cache']);
    expect(mountedFolders('{')).to.deep.equal([]);
  });
});

describe('why nothing is built by BuildKit', () => {
  const ground = {
    version: '20.10.24+dfsg1',
    driver: 'overlay2',
    isLocal: true,
    isRoot: true,
    executor: '/e',
    isReadable: true,
  };

  it('is nothing where its steps can be bounded', () => {
    expect(whyNoBuildkit(ground)).to.equal('');
    expect(whyNoBuildkit({ ...ground, version: '28.2.2', driver: 'overlayfs' })).to.equal('');
    expect(whyNoBuildkit({ ...ground, version: 'dev' })).to.equal('');
  });

  it('names what is in the way', () => {
    const cases = [
      [{ version: '19.03.15' }, '19.03.15'],
      [{ isLocal: false }, 'another machine'],
      [{ isRoot: false }, 'root'],
      [{ driver: 'btrfs' }, 'btrfs'],
      [{ isReadable: false }, '/e'],
    ] as const;
    for (const [part, word] of cases) expect(whyNoBuildkit({ ...ground, ...part })).to.include(word);
  });
});
