import { create } from '@bufbuild/protobuf';
import { ContainerSectionSchema, MountSchema, PortSchema } from '../gen/headframe/v1/miner_pb.js';
import type { ContainerSection, Mount as WireMount, Port as WirePort } from '../gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../model/error.js';
import type { ContainerSpec, MountSpec, PortSpec } from '../model/miner.js';
import { NETWORK_MODE, PROTOCOL } from './enums.js';
import { numberFromWire, numberToWire } from './numbers.js';
import { secretFromWire, secretToWire } from './secret-ref.js';

/** Puts what a container runs on the wire. */
export function containerToWire(container: ContainerSpec): ContainerSection {
  return create(ContainerSectionSchema, {
    image: container.image,
    command: [...container.command],
    args: [...container.args],
    env: { ...container.env },
    ports: container.ports.map(portToWire),
    mounts: container.mounts.map(mountToWire),
    user: container.user,
    workdir: container.workdir,
    network: NETWORK_MODE.toWire(container.network),
    readOnlyRootFilesystem: container.readOnlyRootFilesystem ?? false,
    capabilities: [...(container.capabilities ?? [])],
    devices: [...(container.devices ?? [])],
    secrets: (container.secrets ?? []).map(secretToWire),
  });
}

/** Reads what a container runs, as the coordinator resolved it; its limits were checked when it was applied. */
export function containerFromWire(section: ContainerSection): ContainerSpec {
  return {
    image: section.image,
    command: section.command,
    args: section.args,
    env: section.env,
    ports: section.ports.map(portFromWire),
    mounts: section.mounts.map(mountFromWire),
    user: section.user,
    workdir: section.workdir,
    network: NETWORK_MODE.fromWire(section.network, 'container.network'),
    ...(section.readOnlyRootFilesystem ? { readOnlyRootFilesystem: true } : {}),
    ...(section.capabilities.length === 0 ? {} : { capabilities: section.capabilities }),
    ...(section.devices.length === 0 ? {} : { devices: section.devices }),
    ...(section.secrets.length === 0 ? {} : { secrets: section.secrets.map(secretFromWire) }),
  };
}

function portToWire(port: PortSpec): WirePort {
  const { name, containerPort, hostPort } = port;
  return create(PortSchema, { name, containerPort, hostPort, protocol: PROTOCOL.toWire(port.protocol) });
}

function portFromWire(port: WirePort): PortSpec {
  const { name, containerPort, hostPort } = port;
  return { name, containerPort, hostPort, protocol: PROTOCOL.fromWire(port.protocol, 'container.ports.protocol') };
}

function mountToWire(mount: MountSpec): WireMount {
  return create(MountSchema, { target: mount.target, readOnly: mount.readOnly, source: sourceToWire(mount) });
}

function sourceToWire(mount: MountSpec): WireMount['source'] {
  switch (mount.kind) {
    case 'volume':
      return { case: 'volume', value: mount.volume };
    case 'tmpfs':
      return { case: 'tmpfsBytes', value: numberToWire(mount.sizeBytes, 'container.mounts.tmpfs') };
    case 'hostPath':
      return { case: 'hostPath', value: mount.hostPath };
  }
}

function mountFromWire({ target, readOnly, source }: WireMount): MountSpec {
  switch (source.case) {
    case 'volume':
      return { target, readOnly, kind: 'volume', volume: source.value };
    case 'tmpfsBytes':
      return { target, readOnly, kind: 'tmpfs', sizeBytes: numberFromWire(source.value, 'container.mounts.tmpfs') };
    case 'hostPath':
      return { target, readOnly, kind: 'hostPath', hostPath: source.value };
    case undefined:
      throw new HeadframeError({
        code: 'invalid_argument',
        reason: 'unknown_value',
        message: 'a mount has no source that is known',
        remedy: 'Run the same version on both sides.',
      });
  }
}
