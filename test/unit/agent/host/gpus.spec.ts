import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { judgeGpus, listRenderDevices, parseNvidiaSmi, surveyGpus } from '../../../../agent/host/gpus.js';
import type { RenderDevice } from '../../../../agent/host/gpus.js';

const MIB = 1024 * 1024;
const SMI = `GPU-8f2b1c3d-0000-4a5b-9c6d-7e8f90a1b2c3, NVIDIA H200, 143771
GPU-1a2b3c4d-1111-4a5b-9c6d-7e8f90a1b2c3, NVIDIA GB10, [N/A]
`;

function device(overrides: Partial<RenderDevice>): RenderDevice {
  return {
    node: 'renderD128',
    vendorId: '0x1002',
    deviceId: '0x744c',
    pciAddress: '0000:03:00.0',
    productName: undefined,
    memoryBytes: 24 * 1024 * MIB,
    ...overrides,
  };
}

describe('judgeGpus', () => {
  it('lists NVIDIA GPUs by their UUID and others by their PCI address', () => {
    const { gpus, faults } = judgeGpus({ kind: 'output', text: SMI }, [device({})]);
    expect(gpus).to.deep.equal([
      {
        id: 'GPU-8f2b1c3d-0000-4a5b-9c6d-7e8f90a1b2c3',
        vendor: 'nvidia',
        model: 'NVIDIA H200',
        memoryBytes: 143_771 * MIB,
      },
      { id: 'GPU-1a2b3c4d-1111-4a5b-9c6d-7e8f90a1b2c3', vendor: 'nvidia', model: 'NVIDIA GB10', memoryBytes: 0 },
      { id: 'PCI-0000:03:00.0', vendor: 'amd', model: '0x744c', memoryBytes: 24 * 1024 * MIB },
    ]);
    expect(faults).to.deep.equal([]);
  });

  it('has nothing to list and nothing to say about a host without GPUs', () => {
    expect(judgeGpus({ kind: 'missing' }, [])).to.deep.equal({ gpus: [], faults: [] });
  });

  it('reports a driver that does not answer', () => {
    const { gpus, faults } = judgeGpus({ kind: 'failed', detail: 'no communication with the driver' }, []);
    expect(gpus).to.deep.equal([]);
    expect(faults).to.have.length(1);
  });

  it('reports an NVIDIA device that nvidia-smi does not list, and does not list it either', () => {
    const nvidia = device({ vendorId: '0x10de' });
    const { gpus, faults } = judgeGpus({ kind: 'missing' }, [nvidia]);
    expect(gpus).to.deep.equal([]);
    expect(faults).to.have.length(1);
    expect(judgeGpus({ kind: 'output', text: SMI }, [nvidia]).faults).to.deep.equal([]);
  });

  it('leaves out the graphics of virtual machines', () => {
    expect(judgeGpus({ kind: 'missing' }, [device({ vendorId: '0x1af4' })]).gpus).to.deep.equal([]);
  });
});

describe('parseNvidiaSmi', () => {
  it('ignores what is not a line about a GPU', () => {
    expect(parseNvidiaSmi('No devices were found\n\n')).to.deep.equal([]);
  });
});

describe('surveyGpus', () => {
  it('asks nvidia-smi with a deadline and takes its absence for an answer', async () => {
    const asked: { file: string; timeoutMs: number }[] = [];
    const { faults } = await surveyGpus(async (file, _args, timeoutMs) => {
      asked.push({ file, timeoutMs });
      return { kind: 'missing' };
    });
    expect(asked.map(({ file }) => file)).to.deep.equal(['nvidia-smi']);
    expect(asked[0]?.timeoutMs).to.be.within(1000, 60_000);
    expect(faults).to.deep.equal([]);
  });
});

describe('listRenderDevices', () => {
  it('reads the render nodes of a graphics folder, and no card or connector', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drm-'));
    const files = {
      vendor: '0x1002\n',
      device: '0x744c\n',
      uevent: 'DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0\n',
      mem_info_vram_total: `${16 * MIB}\n`,
    };
    for (const name of ['card0', 'card0-DP-1', 'renderD128'])
      mkdirSync(join(folder, name, 'device'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'renderD128', 'device', name), text);
    expect(listRenderDevices(folder)).to.deep.equal([device({ memoryBytes: 16 * MIB })]);
    rmSync(folder, { recursive: true });
  });

  it('finds none where there is no graphics folder', () => {
    expect(listRenderDevices('/nonexistent/drm')).to.deep.equal([]);
  });
});
