import { expect } from 'chai';
import type { Controller } from '../../../../../agent/host/cgroup/location.js';
import {
  judgeCgroups,
  judgeClockSync,
  judgeConfinement,
  judgeCoordinator,
  judgeDataFolder,
  judgeGpuUse,
  judgeKernel,
  judgeOpenFiles,
  judgeOtherAgent,
} from '../../../../../agent/host/doctor/host-judgements.js';
import { mountOptionsOf } from '../../../../../agent/host/doctor/probes.js';
import { engineInfo } from '../../../../support/engine-info.js';

const ALL: readonly Controller[] = ['cpu', 'cpuacct', 'memory', 'pids', 'blkio'];

describe('what the doctor says of the host', () => {
  for (const [missing, status] of [
    [undefined, 'ok'],
    ['memory', 'problem'],
    ['cpu', 'problem'],
    ['pids', 'warning'],
    ['blkio', 'warning'],
  ] as const) {
    it(`is ${status} when ${missing ?? 'no'} controller is missing`, () => {
      const readable = new Set(ALL.filter((controller) => controller !== missing));
      expect(judgeCgroups('v2', readable).status).to.equal(status);
    });
  }

  it('warns when the agent itself is confined', () => {
    const machine = { cpuMillicores: 4000, memoryBytes: 8 * 1024 ** 3 };
    expect(judgeConfinement(machine, { cpuMillicores: 'unlimited', memoryBytes: 'unknown' }).status).to.equal('ok');
    expect(judgeConfinement(machine, { cpuMillicores: 4000, memoryBytes: 'unlimited' }).status).to.equal('ok');
    expect(judgeConfinement(machine, { cpuMillicores: 500, memoryBytes: 'unlimited' }).status).to.equal('warning');
    expect(judgeConfinement(machine, { cpuMillicores: 'unlimited', memoryBytes: 4096 }).status).to.equal('warning');
  });

  for (const [release, layout, status] of [
    ['3.9.1', 'v1', 'problem'],
    ['3.10.0-1160.el7.x86_64', 'v1', 'ok'],
    ['4.19.0-26-amd64', 'v2', 'warning'],
    ['4.19.0-26-amd64', 'hybrid', 'ok'],
    ['5.2.0', 'v2', 'ok'],
    ['6.18.44-fc', 'v2', 'ok'],
  ] as const) {
    it(`is ${status} about kernel ${release} with cgroup ${layout}`, () => {
      expect(judgeKernel(release, layout).status).to.equal(status);
    });
  }

  it('warns of a clock that is not synchronised, or that nobody can tell of', () => {
    expect([true, false, undefined].map((synchronised) => judgeClockSync(synchronised).status)).to.deep.equal([
      'ok',
      'warning',
      'warning',
    ]);
  });

  it('counts open files for every planned instance', () => {
    expect(judgeOpenFiles(1456, 100).status).to.equal('ok');
    expect(judgeOpenFiles(1455, 100).status).to.equal('warning');
    expect(judgeOpenFiles(Infinity, 10_000).status).to.equal('ok');
    expect(judgeOpenFiles(undefined, 1).status).to.equal('warning');
  });

  it('wants a data folder that is written durably, and fast', () => {
    const judge = (fsyncMs: number): string =>
      judgeDataFolder('/data', { kind: 'written', exists: true, fsyncMs }).status;
    expect(judge(0.2)).to.equal('ok');
    expect(judge(101)).to.equal('warning');
    expect(judgeDataFolder('/data', { kind: 'failed', detail: 'EROFS' }).status).to.equal('problem');
  });

  it('refuses a data folder that another agent holds', () => {
    expect(judgeOtherAgent(undefined, '/data').status).to.equal('ok');
    expect(judgeOtherAgent(4242, '/data').status).to.equal('problem');
  });

  it('wants a coordinator that can be reached', () => {
    expect(judgeCoordinator('c:7443', undefined).status).to.equal('ok');
    expect(judgeCoordinator('c:7443', 'ECONNREFUSED').status).to.equal('problem');
    expect(judgeCoordinator(undefined, undefined).status).to.equal('warning');
  });
});

describe('what the doctor says of GPUs', () => {
  const nvidia = { gpus: [{ id: 'GPU-1', vendor: 'nvidia', model: 'H200', memoryBytes: 1 }], faults: [] };
  const amd = { gpus: [{ id: 'PCI-1', vendor: 'amd', model: '0x744c', memoryBytes: 1 }], faults: [] };
  const none = new Set<string>();

  it('is content where there are none', () => {
    expect(judgeGpuUse({ gpus: [], faults: [] }, engineInfo({}), none).status).to.equal('ok');
  });

  it('warns of faults even where no GPU is listed', () => {
    expect(judgeGpuUse({ gpus: [], faults: ['nvidia-smi fails'] }, undefined, none).status).to.equal('warning');
  });

  it('wants a way for the engine to hand NVIDIA GPUs to containers', () => {
    expect(judgeGpuUse(nvidia, engineInfo({}), none).status).to.equal('warning');
    expect(judgeGpuUse(nvidia, engineInfo({ runtimes: ['runc', 'nvidia'] }), none).status).to.equal('ok');
    expect(judgeGpuUse(nvidia, engineInfo({}), new Set(['nvidia-container-runtime-hook'])).status).to.equal('ok');
    expect(judgeGpuUse(nvidia, undefined, none).status).to.equal('ok');
    expect(judgeGpuUse(amd, engineInfo({}), none).status).to.equal('ok');
  });
});

describe('mountOptionsOf', () => {
  const mountinfo = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
42 27 254:1 / /var/lib/docker rw,relatime shared:1 - xfs /dev/vdb rw,prjquota
43 27 254:2 / /var/lib/docker2 rw,relatime - ext4 /dev/vdc rw
44 27 254:3 / /srv rw - ext4 /dev/vdd rw,old
45 27 254:4 / /srv rw - ext4 /dev/vde rw,new
`;

  it('finds the mount a path lies on', () => {
    expect(mountOptionsOf('/var/lib/docker', mountinfo)).to.deep.equal(['rw', 'prjquota']);
    expect(mountOptionsOf('/var/lib/docker/overlay2', mountinfo)).to.deep.equal(['rw', 'prjquota']);
    expect(mountOptionsOf('/var/lib', mountinfo)).to.deep.equal(['rw', 'discard']);
  });

  it('takes the later of two mounts at one place', () => {
    expect(mountOptionsOf('/srv/x', mountinfo)).to.deep.equal(['rw', 'new']);
  });
});
