import type { NetworkInspectInfo } from 'dockerode';
import type { EngineCalls } from './engine-calls.js';
import { unless } from './engine-client.js';
import { hasStatus } from './engine-error.js';
import { LABELS, LEASE_LABELS, serialOf } from './labels.js';
import type { ContainerLabels } from './labels.js';
import type { Docker } from './light-dockerode.js';

const ANSWER_MS = 30_000;

/** A lease's network as it is to be. */
export interface LeaseNetworkWish {
  readonly name: string;
  readonly bridge: string;
  /** As `a.b.c.d/n`. */
  readonly subnet: string;
  readonly hostId: string;
  readonly serial: number;
  readonly lease: string;
}

/** A network as the engine has it. */
export interface FoundNetwork {
  readonly name: string;
  /** Whose lease has it; '' and 0 for no lease's. */
  readonly hostId: string;
  readonly serial: number;
  readonly subnets: readonly string[];
}

/** What the engine is asked of networks, images and layers for leases. */
export class LeaseObjects {
  readonly #docker: Docker;
  readonly #calls: EngineCalls;

  constructor(docker: Docker, calls: EngineCalls) {
    this.#docker = docker;
    this.#calls = calls;
  }

  /** Every network of the engine. */
  async networks(signal: AbortSignal): Promise<FoundNetwork[]> {
    const all = await this.#read(signal, (abortSignal) => this.#docker.listNetworks({ abortSignal }));
    return all.map((network) => ({
      name: network.Name,
      ...ownerOf(network.Labels ?? {}),
      subnets: subnetsOf(network),
    }));
  }

  /** Makes a network on which nobody reaches anybody else. False when the engine says that the range is taken. */
  async createNetwork(wish: LeaseNetworkWish, signal: AbortSignal): Promise<boolean> {
    const call = { phase: 'create', lane: 'start', deadlineMs: ANSWER_MS, signal } as const;
    return this.#calls.run(call, async (abortSignal) => {
      try {
        await this.#docker.createNetwork({
          Name: wish.name,
          CheckDuplicate: true,
          Driver: 'bridge',
          Internal: false,
          Attachable: false,
          EnableIPv6: false,
          IPAM: { Driver: 'default', Config: [{ Subnet: wish.subnet }] },
          Options: {
            'com.docker.network.bridge.name': wish.bridge,
            'com.docker.network.bridge.enable_icc': 'false',
            'com.docker.network.bridge.enable_ip_masquerade': 'true',
          },
          Labels: {
            [LABELS.host]: wish.hostId,
            [LABELS.serial]: String(wish.serial),
            [LEASE_LABELS.lease]: wish.lease,
          },
          abortSignal,
        });
        return true;
      } catch (error) {
        // 403: the range overlaps with another network; 409: the name is taken, by a create of our own that was not seen to end.
        if (hasStatus(error, 403)) return false;
        if (hasStatus(error, 409)) return true;
        throw error;
      }
    });
  }

  /** Removes a network; one that is gone counts as removed. */
  async removeNetwork(name: string, signal: AbortSignal): Promise<void> {
    const call = { phase: 'remove', lane: 'remove', deadlineMs: ANSWER_MS, signal } as const;
    await this.#calls.run(call, () => unless([404], this.#docker.getNetwork(name).remove()));
  }

  /** Folders that an image wants to be volumes. Empty when it is not there. */
  async imageVolumes(reference: string, signal: AbortSignal): Promise<string[]> {
    const info = await this.#read(signal, () => unless([404], this.#docker.getImage(reference).inspect()));
    // The library's type promises what engines leave out of images without any.
    const volumes = info?.Config.Volumes as Record<string, unknown> | null | undefined;
    return Object.keys(volumes ?? {});
  }

  /** Folder in which the engine keeps what a container writes, where it is one of overlay2; undefined for any other. */
  async writableLayer(container: string, signal: AbortSignal): Promise<string | undefined> {
    const info = await this.#read(signal, (abortSignal) =>
      this.#docker.getContainer(container).inspect({ abortSignal }),
    );
    // Engines that keep images in containerd have none.
    const driver = info.GraphDriver as { Name: string; Data: Record<string, string> | null } | null | undefined;
    const upper = driver?.Name === 'overlay2' ? driver.Data?.['UpperDir'] : undefined;
    return upper?.endsWith('/diff') === true ? upper.slice(0, -'/diff'.length) : undefined;
  }

  #read<T>(signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#calls.run({ phase: 'read', lane: 'read', deadlineMs: ANSWER_MS, signal }, ask);
  }
}

function ownerOf(labels: ContainerLabels): Pick<FoundNetwork, 'hostId' | 'serial'> {
  const [hostId, serial] = [labels[LABELS.host], serialOf(labels)];
  if (hostId === undefined || serial === undefined || !(LEASE_LABELS.lease in labels)) return { hostId: '', serial: 0 };
  return { hostId, serial };
}

function subnetsOf({ IPAM }: NetworkInspectInfo): string[] {
  // Networks of some drivers have no addresses.
  return (IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet === undefined ? [] : [Subnet]));
}
