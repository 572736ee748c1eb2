import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ipText } from '../../../coordinator/chain/metagraph/ip-text.js';
import { BareApi } from './bare-api.js';
import { ChainNode } from './chain-node.js';
import { NODE_AWAY_MS } from './node-away.js';
import { PLENTY } from './raonet.js';

/** Five whole tokens of Asset Hub, which the coldkey has there. */
export const FIVE = 5n * 10n ** 12n;
/** A subnet of raonet's genesis. */
export const NETUID = 1;

const PASSPHRASE = 'planted twelve geese 9f3c';

/** The real Subtensor and Asset Hub runtimes, and a wallet `farm` that has its funds on both. */
export class TwoChains implements AsyncDisposable {
  rao: ChainNode;
  readonly hub: ChainNode;
  /** Where the first keeps its blocks. */
  readonly #file: string;
  coldkey = '';
  /** Addresses of its hotkeys `one` and `two`. */
  hotkeys: readonly string[] = [];

  /** By `open`. */
  constructor(rao: ChainNode, hub: ChainNode, file: string) {
    this.rao = rao;
    this.hub = hub;
    this.#file = file;
  }

  /** The folder is theirs. */
  static async open(folder: string): Promise<TwoChains> {
    const file = join(folder, 'rao-blocks');
    const nodes = [ChainNode.start({ file }), ChainNode.start({ runtime: 'asset-hub' })] as const;
    return new TwoChains(...(await Promise.all(nodes)), file);
  }

  /** Where the first says that a hotkey of the wallet is reached, as its own library reads it: its IPv4 address and port. */
  async servedAt(hotkey: string): Promise<string> {
    await using chain = await BareApi.open(this.rao.url);
    const axon = await chain.read('subtensorModule', 'axons', NETUID, hotkey);
    const { ip, port } = (axon ?? { ip: 0, port: 0 }) as { ip: number | string; port: number }; // as the runtime has it
    return `${ipText(BigInt(ip), 4)}:${String(port)}`;
  }

  /** Kills the first, and leaves it so for as long as tests of that do. */
  async killRao(): Promise<void> {
    await this.rao[Symbol.asyncDispose]();
    await sleep(NODE_AWAY_MS);
  }

  /** Has the first go on where it was killed. */
  async reviveRao(): Promise<void> {
    const port = Number(new URL(this.rao.url).port);
    this.rao = await ChainNode.start({ port, file: this.#file });
  }

  /** Declares them as `rao` and `hub`, makes the wallet, which may pay on the first, and registers `one` there. */
  async declare(
    headframe: (args: readonly string[], input?: string) => Promise<string>,
    wordsFile: string,
  ): Promise<void> {
    const run = (line: string, input?: string): Promise<string> => headframe(line.split(' '), input);
    const keys = `--hotkey one --hotkey two --mnemonic-out ${wordsFile} --passphrase-file -`;
    const made = await run(`wallets create farm ${keys} -o json`, PASSPHRASE);
    const { wallet } = JSON.parse(made) as { wallet: { address: string; hotkeys: { address: string }[] } }; // as printed
    this.coldkey = wallet.address;
    this.hotkeys = wallet.hotkeys.map(({ address }) => address);
    await Promise.all([this.rao.fund([this.coldkey], PLENTY), this.hub.fund([this.coldkey], FIVE)]);
    for (const name of ['rao', 'hub'] as const) await run(`networks add ${name} --endpoint ${this[name].url}`);
    await run('wallets unlock farm --passphrase-file -', PASSPHRASE);
    await run('wallets caps farm --network rao --per-call 3 --per-day 9');
    await run(`hotkeys register rao farm/one --netuid ${String(NETUID)} --highest-price 2`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rao.signal('SIGCONT');
    await Promise.all([this.rao, this.hub].map((node) => node[Symbol.asyncDispose]()));
  }
}
