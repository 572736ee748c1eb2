import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { leaseNames } from '../../agent/kinds/lease/index.js';

/** Where something of a host's leases may be left. */
export interface LeasePlaces {
  readonly docker: Docker;
  readonly hostId: string;
  /** The agent's data. */
  readonly agentFolder: string;
  /** Its secrets, in memory. */
  readonly secretsFolder: string;
  /** Ports of the host that leases have had. */
  readonly ports: Iterable<number>;
}

/** What engine, kernel and agent have of a host's leases, each in a line. */
export async function leaseRemains({ docker, ports, ...places }: LeasePlaces): Promise<string[]> {
  const { hostId, agentFolder, secretsFolder } = places;
  const filters = JSON.stringify({ label: ['headframe.lease', `headframe.host=${hostId}`] });
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const open = await Promise.all(
    [...ports].map(async (port) => ((await answers(port)) ? [`port ${String(port)}`] : [])),
  );
  return [
    ...containers.map(({ Names }) => `container ${Names.join()}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...rulesOf(hostId).map((rule) => `rule ${rule}`),
    ...bridgesOf(hostId).map((bridge) => `bridge ${bridge}`),
    ...loopsOf(agentFolder).map((loop) => `loop device ${loop}`),
    // The rules that stand are kept beside the folders of leases, which have their serials as names.
    ...listOf(join(agentFolder, 'leases')).flatMap((name) => (/^\d+$/.test(name) ? [`folder ${name}`] : [])),
    ...listOf(join(secretsFolder, hostId)).map((name) => `secrets of ${name}`),
    ...open.flat(),
  ];
}

/** Of all tables: the engine's own rules name bridges and addresses of networks, too. */
function rulesOf(hostId: string): string[] {
  const { forwardChain, inputChain, bridgePrefix } = leaseNames(hostId);
  return ['iptables-save', 'ip6tables-save'].flatMap((command) =>
    execFileSync(command, { encoding: 'utf8' })
      .split('\n')
      .filter((line) => [forwardChain, inputChain, bridgePrefix].some((name) => line.includes(name))),
  );
}

/** What tc holds goes with the bridge that it holds. */
function bridgesOf(hostId: string): string[] {
  const { bridgePrefix } = leaseNames(hostId);
  return readdirSync('/sys/class/net').filter((name) => name.startsWith(bridgePrefix));
}

/** Loop devices whose file lies in the folder, mounted or not. */
function loopsOf(folder: string): string[] {
  return readdirSync('/sys/block').filter((name) => {
    if (!name.startsWith('loop')) return false;
    return textOf(`/sys/block/${name}/loop/backing_file`).startsWith(`${folder}/`);
  });
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // never made
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no file behind that device
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
