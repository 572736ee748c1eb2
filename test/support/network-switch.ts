import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** A network namespace of a machine on a switch. */
export interface SwitchedMachine {
  /** Name of the namespace. */
  readonly name: string;
  readonly address: string;
}

/**
 * A switch with machines that are network namespaces; this machine is on it as well. It is a namespace of its own, so that
 * no rule of this machine's packet filter sees what passes.
 */
export class NetworkSwitch {
  readonly #name: string;
  readonly #subnet: string;
  readonly #machines: string[] = [];

  constructor(number: number) {
    this.#name = `hfs${String(number)}`;
    this.#subnet = `10.127.${String(number)}`;
  }

  /** Makes a switch; `number` (0-255) tells its subnet from others on this machine. */
  static async open(number: number): Promise<NetworkSwitch> {
    const made = new NetworkSwitch(number);
    await exec('ip', ['netns', 'add', made.#name]);
    await made.#inside('ip', 'link', 'add', 'hub', 'type', 'bridge');
    await made.#inside('ip', 'link', 'set', 'hub', 'up');
    const own = made.#name;
    await exec('ip', ['link', 'add', own, 'type', 'veth', 'peer', 'name', 'own', 'netns', made.#name]);
    await exec('ip', ['addr', 'add', `${made.#subnet}.1/24`, 'dev', own]);
    await exec('ip', ['link', 'set', own, 'up']);
    await made.#join('own');
    return made;
  }

  /** Plugs a new machine in. */
  async plug(): Promise<SwitchedMachine> {
    const number = this.#machines.length + 2;
    const name = `${this.#name}m${String(number)}`;
    const address = `${this.#subnet}.${String(number)}`;
    await exec('ip', ['netns', 'add', name]);
    this.#machines.push(name);
    const port = `port${String(number)}`;
    await this.#inside('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await this.#join(port);
    const there = ['netns', 'exec', name, 'ip'];
    await exec('ip', [...there, 'addr', 'add', `${address}/24`, 'dev', 'eth0']);
    for (const link of ['eth0', 'lo']) await exec('ip', [...there, 'link', 'set', link, 'up']);
    return { name, address };
  }

  async close(): Promise<void> {
    for (const name of [...this.#machines, this.#name]) await exec('ip', ['netns', 'del', name]).catch(() => undefined);
    await exec('ip', ['link', 'del', this.#name]).catch(() => undefined);
  }

  async #join(port: string): Promise<void> {
    await this.#inside('ip', 'link', 'set', port, 'master', 'hub');
    await this.#inside('ip', 'link', 'set', port, 'up');
  }

  async #inside(...command: readonly string[]): Promise<void> {
    await exec('nsenter', [`--net=/run/netns/${this.#name}`, '--', ...command]);
  }
}
