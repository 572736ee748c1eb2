import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import type { Gpu } from '../../common/model/host.js';
import { readOptional } from './cgroup/process-cgroup.js';
import type { CommandOutcome, RunCommand } from './command.js';
import { runCommand } from './command.js';

/** The GPUs of a host, and what speaks against there being all of them. */
export interface GpuSurvey {
  readonly gpus: readonly Gpu[];
  /** One sentence each, such as a driver that does not answer; empty on a host without GPUs. */
  readonly faults: readonly string[];
}

/** A render device of the kernel's graphics subsystem, as /sys describes it. */
export interface RenderDevice {
  readonly node: string;
  readonly vendorId: string;
  readonly deviceId: string;
  readonly pciAddress: string;
  readonly productName: string | undefined;
  readonly memoryBytes: number;
}

// Without its persistence mode the NVIDIA driver wakes every GPU for each query, which takes seconds on a large host.
const NVIDIA_TIMEOUT_MS = 20_000;
const NVIDIA_QUERY = ['--query-gpu=uuid,name,memory.total', '--format=csv,noheader,nounits'];
const DRM_FOLDER = '/sys/class/drm';
const NVIDIA_PCI_VENDOR = '0x10de';
// https://pci-ids.ucw.cz; adapters of virtual machines and management boards compute nothing and are left out.
const VENDORS: Readonly<Record<string, string>> = { '0x1002': 'amd', '0x8086': 'intel' };

/** Looks for GPUs by nvidia-smi and in /sys; a host without any has an empty list, and nothing is ever thrown. */
export async function surveyGpus(run: RunCommand = runCommand): Promise<GpuSurvey> {
  const nvidia = await run('nvidia-smi', NVIDIA_QUERY, NVIDIA_TIMEOUT_MS);
  return judgeGpus(nvidia, listRenderDevices());
}

/** Joins what nvidia-smi answered with the kernel's render devices. */
export function judgeGpus(nvidia: CommandOutcome, devices: readonly RenderDevice[]): GpuSurvey {
  const ofNvidia = nvidia.kind === 'output' ? parseNvidiaSmi(nvidia.text) : [];
  const others = devices.filter((device) => !isNvidia(device)).flatMap((device) => toGpu(device) ?? []);
  const faults: string[] = [];
  if (nvidia.kind === 'failed') faults.push(`nvidia-smi fails: ${nvidia.detail}`);
  else if (ofNvidia.length < devices.filter(isNvidia).length)
    faults.push('nvidia-smi does not list every NVIDIA device');
  return { gpus: [...ofNvidia, ...others], faults };
}

/** Reads nvidia-smi's lines `uuid, name, MiB`; a memory it cannot tell counts as 0. */
export function parseNvidiaSmi(text: string): Gpu[] {
  return text.split('\n').flatMap((line) => {
    const [, id, model, mebibytes] = /^(GPU-[0-9a-fA-F-]+), (.+), ([^,]+)$/.exec(line.trim()) ?? [];
    if (id === undefined || model === undefined) return [];
    return [{ id, vendor: 'nvidia', model, memoryBytes: (Number(mebibytes) || 0) * 1024 * 1024 }];
  });
}

/** The render devices under a folder laid out like /sys/class/drm; none where there is no such folder. */
export function listRenderDevices(folder: string = DRM_FOLDER): RenderDevice[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // no graphics subsystem in this kernel or container
  }
  const nodes = names.filter((name) => /^renderD\d+$/.test(name)).sort();
  return nodes.map((node) => readRenderDevice(node, posix.join(folder, node, 'device')));
}

function readRenderDevice(node: string, dir: string): RenderDevice {
  const read = (name: string): string => readOptional(posix.join(dir, name))?.trim() ?? '';
  return {
    node,
    vendorId: read('vendor'),
    deviceId: read('device'),
    pciAddress: /^PCI_SLOT_NAME=(.+)$/m.exec(read('uevent'))?.[1] ?? '',
    productName: read('product_name') || undefined,
    memoryBytes: Number(read('mem_info_vram_total')) || 0,
  };
}

function isNvidia(device: RenderDevice): boolean {
  return device.vendorId === NVIDIA_PCI_VENDOR;
}

function toGpu(device: RenderDevice): Gpu | undefined {
  const vendor = VENDORS[device.vendorId];
  if (vendor === undefined) return undefined;
  return {
    id: device.pciAddress === '' ? device.node : `PCI-${device.pciAddress}`,
    vendor,
    model: device.productName ?? device.deviceId,
    memoryBytes: device.memoryBytes,
  };
}
