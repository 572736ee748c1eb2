import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describeWithDocker } from './docker.js';
import { describeWith } from './describe-with.js';
import type { SuiteBody } from './describe-with.js';

const exec = promisify(execFile);

/** Which way nothing passes any more, as seen from the node. */
export type Cut = 'both' | 'out' | 'in';

const TOOLS = ['/usr/sbin/ip', '/usr/sbin/iptables', '/usr/bin/nsenter'];

/** Why no network namespaces can be made here; undefined where they can. */
export const noNetworks: string | undefined =
  process.getuid?.() === 0 && TOOLS.every((tool) => existsSync(tool)) ? undefined : 'root, iproute2 and iptables';

/** A `describe` that needs a real Docker Engine and the right to make network namespaces. */
export const describeWithNetworks: (title: string, body: SuiteBody) => void =
  noNetworks === undefined ? describeWithDocker : describeWith(noNetworks);

/** A network namespace joined to this machine's by one cable, which a test can cut either way: nobody is told. */
export class NetworkNode {
  /** Name of the namespace. */
  readonly name: string;
  /** This machine's own address on the cable. */
  readonly gateway: string;
  readonly #address: string;

  constructor(name: string, subnet: string) {
    this.name = name;
    this.gateway = `${subnet}.1`;
    this.#address = `${subnet}.2`;
  }

  /** This machine's own address on the cable to that node, which need not be there yet. */
  static gatewayOf(fleet: number, number: number): string {
    return `${subnetOf(fleet, number)}.1`;
  }

  /** Makes a node; `number` (0-63) and `fleet` (0-255) tell its subnet from others on this machine. */
  static async open(fleet: number, number: number): Promise<NetworkNode> {
    const name = `hf${String(fleet)}x${String(number)}`;
    const node = new NetworkNode(name, subnetOf(fleet, number));
    await node.#make();
    return node;
  }

  /** Swallows everything that way from now on, also of connections that are open. */
  async cut(which: Cut): Promise<void> {
    if (which !== 'in') await this.#inside('iptables', '-w', '-A', 'OUTPUT', '-j', 'DROP');
    if (which !== 'out') await this.#inside('iptables', '-w', '-A', 'INPUT', '-j', 'DROP');
  }

  /** Lets everything pass again. */
  async mend(): Promise<void> {
    await this.#inside('iptables', '-w', '-F');
  }

  async close(): Promise<void> {
    await exec('ip', ['netns', 'del', this.name]).catch(() => undefined);
    await exec('ip', ['link', 'del', `${this.name}h`]).catch(() => undefined);
  }

  async #make(): Promise<void> {
    const [near, far] = [`${this.name}h`, `${this.name}n`];
    await exec('ip', ['netns', 'add', this.name]);
    await exec('ip', ['link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', this.name]);
    await exec('ip', ['addr', 'add', `${this.gateway}/24`, 'dev', near]);
    await exec('ip', ['link', 'set', near, 'up']);
    await this.#inside('ip', 'addr', 'add', `${this.#address}/24`, 'dev', far);
    await this.#inside('ip', 'link', 'set', far, 'up');
    await this.#inside('ip', 'link', 'set', 'lo', 'up');
  }

  async #inside(...command: readonly string[]): Promise<void> {
    await exec('nsenter', [`--net=/run/netns/${this.name}`, '--', ...command]);
  }
}

function subnetOf(fleet: number, number: number): string {
  return `10.${String(128 + number)}.${String(fleet)}`;
}
