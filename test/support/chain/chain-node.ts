import { WsProvider } from '@polkadot/api';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { SwitchedMachine } from '../network-switch.js';
import type { BlockMode, ServeOptions } from './chain-server.js';
import type { RuntimeName } from './genesis.js';

const PROGRAM = join(import.meta.dirname, 'node-main.ts');

/** Which runtime a node runs, and how. */
export interface ChainNodeOptions {
  readonly runtime?: RuntimeName;
  /** Default `instant`: a block for each extrinsic. */
  readonly mode?: BlockMode;
  /** Default 0: any that is free. */
  readonly port?: number;
  /** It keeps its blocks there: killed, and started with it again, it goes on from the last. Left out, it forgets all. */
  readonly file?: string;
  /** Where it runs, in the place of this machine's loopback. */
  readonly machine?: SwitchedMachine;
  /** Default 0: how long what is asked takes to get there, in milliseconds. */
  readonly wayMs?: number;
}

/** What the program of a node is told, in JSON. */
export interface ChainNodeArguments extends ServeOptions {
  readonly runtime: RuntimeName;
  readonly mode: BlockMode;
}

/** A node of a real runtime in a process of its own, with one block made. */
export class ChainNode implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #provider: WsProvider;

  /** By `start`. */
  constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.#provider = new WsProvider(url, 1_000, {}, 30_000);
  }

  /** Resolves once it listens. */
  static async start({ machine, ...given }: ChainNodeOptions = {}): Promise<ChainNode> {
    const env = { ...process.env, LOG_LEVEL: 'error' };
    const host = machine?.address ?? '127.0.0.1';
    const asked: ChainNodeArguments = { runtime: 'raonet', mode: 'instant', port: 0, wayMs: 0, ...given, host };
    const node = ['--import', 'tsx'];
    const inside = machine && ['nsenter', `--net=/run/netns/${machine.name}`, '--', process.execPath];
    const [execPath = '', ...execArgv] = [...(inside ?? [process.execPath]), ...node];
    const child = fork(PROGRAM, [JSON.stringify(asked)], { env, execPath, execArgv });
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (told) => {
        resolve((told as { url: string }).url); // as node-main.ts tells it
      });
      child.once('exit', (code) => {
        reject(new Error(`the chain's node ended with ${String(code)} before it listened`));
      });
    });
    const started = new ChainNode(child, url);
    await started.#provider.isReady;
    return started;
  }

  /** Asks it by JSON-RPC. */
  rpc(method: string, ...params: unknown[]): Promise<unknown> {
    return this.#provider.send(method, params);
  }

  /** Sets storage at the head, by pallet and item; maps as lists of [keys, value]. A falsy value removes an item: write zero as hex. */
  async setStorage(storage: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<void> {
    await this.rpc('dev_setStorage', storage);
  }

  /** Gives accounts this free balance, in the chain's smallest unit. */
  async fund(addresses: readonly string[], amount: bigint): Promise<void> {
    const accounts = addresses.map((address) => [[address], { providers: 1, data: { free: amount.toString() } }]);
    await this.setStorage({ System: { Account: accounts } });
  }

  /** Makes blocks. */
  async newBlocks(count = 1): Promise<void> {
    await this.rpc('dev_newBlock', { count });
  }

  /** Keeps the last final block the last, whatever is made after it; or lets finality go on. */
  async holdFinality(held: boolean): Promise<void> {
    await this.rpc('dev_holdFinality', held);
    // Whoever listens hears of finality with the next block.
    if (!held) await this.newBlocks();
  }

  /** Stops it in its tracks (`SIGSTOP`), lets it go on (`SIGCONT`), or kills it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider.disconnect();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}
