import { ApiPromise } from '@polkadot/api';
import { blake2AsHex } from '@polkadot/util-crypto';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { z } from 'zod';

/** A runtime by what it told of itself: metadata and version, as a node answered them. */
export interface RecordedRuntime {
  /** Hex with 0x: of `state_getMetadata`, or of the method of `state_call` that gives one of a version. */
  readonly metadata: string;
  readonly version: object;
}

/** A call in a block, and who signed it; numbers and accounts as the library writes them in JSON. */
export interface MadeCall {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly signer: string;
}

/** What a call changes, and tells. Whoever carries out calls stands in for the runtime, which is not there. */
export type CarryOut = (call: MadeCall, chain: MetadataChain) => readonly EventOf[] | { readonly error: string };

/** An event by its name, such as `staking.Bonded`, with its fields. */
export type EventOf = readonly [name: string, ...fields: readonly unknown[]];

interface Block {
  readonly hash: string;
  readonly header: { readonly number: string; readonly parentHash: string };
  readonly extrinsics: readonly string[];
  readonly storage: ReadonlyMap<string, string>;
}

/** An item of storage as the library has it. */
type StorageEntry = NonNullable<NonNullable<ApiPromise['query'][string]>[string]>;
type Provider = NonNullable<NonNullable<ConstructorParameters<typeof ApiPromise>[0]>['provider']>;
type Answer = (...params: readonly unknown[]) => unknown;

const ZERO = `0x${'00'.repeat(32)}`;
const FEE = 1_000n;
const METHOD_NOT_FOUND = -32_601;
/** How an opaque metadata begins that lies in an option: `state_call` gives those of a version so. */
const META = '6d657461';
const requestSchema = z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()).default([]) });

/**
 * A node of a chain whose runtime cannot be had: its metadata is real, so that calls, storage and events are encoded as there;
 * what calls do is up to the test. Signatures are not looked at. Blocks are final at once, and nobody can subscribe.
 */
export class MetadataChain implements AsyncDisposable {
  readonly url: string;
  /** The calls that were made, in order. */
  readonly made: MadeCall[] = [];
  readonly #server: WebSocketServer;
  readonly #runtime: RecordedRuntime;
  readonly #blocks: Block[] = [];
  readonly #storage = new Map<string, string>();
  readonly #carryOut: CarryOut;
  #api: ApiPromise | undefined;

  /** By `serve`. */
  constructor(server: WebSocketServer, runtime: RecordedRuntime, carryOut: CarryOut) {
    this.#server = server;
    this.#runtime = runtime;
    this.#carryOut = carryOut;
    // A server of TCP, whose address is no text.
    this.url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    this.#addBlock([]);
  }

  static async serve(runtime: RecordedRuntime, carryOut: CarryOut = () => []): Promise<MetadataChain> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    const chain = new MetadataChain(server, runtime, carryOut);
    chain.#listen();
    chain.#api = await ApiPromise.create({ provider: chain.#provider(), noInitWarn: true });
    chain.newBlock();
    return chain;
  }

  /** The chain as the library sees it. */
  get api(): ApiPromise {
    if (this.#api === undefined) throw new Error('the chain is not served yet');
    return this.#api;
  }

  /** Sets an item of storage from the next block on; undefined removes it. */
  set(pallet: string, item: string, keys: readonly unknown[], value: unknown): void {
    const entry = this.#entry(pallet, item);
    const key = entry.key(...keys);
    if (value === undefined) this.#storage.delete(key);
    else this.#storage.set(key, this.#encodedAs(this.#valueType(entry), value));
  }

  /** What an item holds now, in JSON; null where nothing is stored. */
  get(pallet: string, item: string, ...keys: readonly unknown[]): unknown {
    const entry = this.#entry(pallet, item);
    const stored = this.#storage.get(entry.key(...keys));
    return stored === undefined ? null : this.api.createType(this.#valueType(entry), bytesOf(stored)).toJSON();
  }

  /** Makes a block of what was set. */
  newBlock(): void {
    this.#addBlock([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api?.disconnect();
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #entry(pallet: string, item: string): StorageEntry {
    const entry = this.api.query[pallet]?.[item];
    if (entry === undefined) throw new Error(`the metadata has no ${pallet}.${item}`);
    return entry;
  }

  #listen(): void {
    const answers = this.#answers();
    this.#server.on('connection', (socket) => {
      socket.on('message', (text: Buffer) => {
        const { id, method, params } = requestSchema.parse(JSON.parse(text.toString()));
        const answer = answers[method];
        const reply = (part: object): void => {
          socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...part }));
        };
        if (answer === undefined) reply({ error: { code: METHOD_NOT_FOUND, message: `no ${method}` } });
        else reply({ result: answer(...params) ?? null });
      });
    });
  }

  /** The way of its own api, without a socket. */
  #provider(): Provider {
    const answers = this.#answers();
    const nothing = (): Promise<never> => Promise.reject(new Error('nobody can subscribe'));
    return {
      ...{ hasSubscriptions: false, isClonable: false, isConnected: true },
      clone: () => {
        throw new Error('there is one');
      },
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      on: () => () => undefined,
      send: <T>(method: string, params: unknown[]) => Promise.resolve((answers[method]?.(...params) ?? null) as T), // the library decodes it
      subscribe: nothing,
      unsubscribe: nothing,
    };
  }

  #answers(): Readonly<Record<string, Answer>> {
    const { metadata, version } = this.#runtime;
    const blockOf = (hash: unknown = this.#head.hash): Block => {
      const block = this.#blocks.find((one) => one.hash === hash);
      if (block === undefined) throw new Error(`no block ${String(hash)}`);
      return block;
    };
    const stored: Answer = (key, hash) => blockOf(hash ?? undefined).storage.get(String(key));
    return {
      rpc_methods: () => ({ methods: Object.keys(this.#answers()) }),
      system_chain: () => 'Recorded',
      system_properties: () => ({ tokenSymbol: 'UNIT', tokenDecimals: 10, ss58Format: 0 }),
      system_accountNextIndex: (account) => this.#nonceOf(String(account)),
      state_getMetadata: () => `0x${metadata.slice(metadata.indexOf(META))}`,
      state_getRuntimeVersion: () => version,
      state_getStorage: stored,
      state_getStorageAt: stored,
      state_queryStorageAt: (keys, hash) => [
        { block: blockOf(hash).hash, changes: (keys as string[]).map((key) => [key, stored(key, hash) ?? null]) }, // as the library asks
      ],
      state_call: (method) => this.#called(String(method)),
      chain_getBlockHash: (number = this.#blocks.length - 1) => this.#blocks[Number(number)]?.hash,
      chain_getHeader: (hash) => blockOf(hash ?? undefined).header,
      chain_getFinalizedHead: () => this.#head.hash,
      chain_getBlock: (hash) => {
        const { header, extrinsics } = blockOf(hash ?? undefined);
        return { block: { header, extrinsics }, justifications: null };
      },
      author_submitExtrinsic: (bytes) => this.#submit(String(bytes)),
    };
  }

  get #head(): Block {
    const head = this.#blocks.at(-1);
    if (head === undefined) throw new Error('there is a first block');
    return head;
  }

  #called(method: string): string {
    const { metadata } = this.#runtime;
    if (method === 'TransactionPaymentApi_query_info') {
      const fee = Buffer.alloc(16);
      fee.writeBigUInt64LE(FEE);
      // Its weight, of two compact numbers, and its class.
      return `0x000000${fee.toString('hex')}`;
    }
    // One version, of which there is an opaque metadata.
    if (method === 'Metadata_metadata_versions')
      return metadata.startsWith(`0x${META}`) ? '0x040e000000' : '0x040f000000';
    if (method === 'Metadata_metadata_at_version' && !metadata.startsWith(`0x${META}`)) return metadata;
    return '0x00';
  }

  #nonceOf(account: string): number {
    return (this.get('system', 'account', account) as { readonly nonce: number } | null)?.nonce ?? 0; // as all runtimes have it
  }

  #submit(bytes: string): string {
    const extrinsic = this.api.createType('Extrinsic', bytes);
    const { section, method, args } = extrinsic.method;
    const signer = extrinsic.signer.toString();
    const call = { name: `${section}.${method}`, args: args.map((arg) => arg.toJSON()), signer };
    this.made.push(call);
    const account = this.get('system', 'account', signer);
    this.set('system', 'account', [signer], { ...(account as object), nonce: this.#nonceOf(signer) + 1 }); // of a runtime's struct
    const told = this.#carryOut(call, this);
    const events =
      'error' in told
        ? [this.#failed(told.error)]
        : [...told.map((one) => this.#event(one)), this.#event(['system.ExtrinsicSuccess', {}])];
    this.#storage.set(this.#entry('system', 'events').key(), `0x${lengthOf(events.length)}${events.join('')}`);
    this.#addBlock([bytes]);
    return extrinsic.hash.toHex();
  }

  #failed(name: string): string {
    const [pallet = '', error = ''] = name.split('.');
    const meta = this.api.errors[pallet]?.[error]?.meta;
    if (meta === undefined) throw new Error(`the metadata has no error ${name}`);
    const index = this.#palletIndex(pallet);
    return this.#event(['system.ExtrinsicFailed', { Module: { index, error: [meta.index.toNumber(), 0, 0, 0] } }, {}]);
  }

  /** A record of the first extrinsic's event. */
  #event([name, ...fields]: EventOf): string {
    const [pallet = '', event = ''] = name.split('.');
    const meta = this.api.events[pallet]?.[event]?.meta;
    if (meta === undefined) throw new Error(`the metadata has no event ${name}`);
    const data = meta.fields.map(({ type }, at) =>
      this.#encodedAs(this.api.registry.createLookupType(type), fields[at]),
    );
    const index = [this.#palletIndex(pallet), meta.index.toNumber()].map(byteOf).join('');
    return `0000000000${index}${data.map((hex) => hex.slice(2)).join('')}00`;
  }

  #palletIndex(pallet: string): number {
    const found = this.api.runtimeMetadata.asLatest.pallets.find(
      ({ name }) => name.toString().toLowerCase() === pallet.toLowerCase(),
    );
    if (found === undefined) throw new Error(`the metadata has no pallet ${pallet}`);
    return found.index.toNumber();
  }

  #encodedAs(type: string, value: unknown): string {
    // A number's own hex is not how it is stored.
    return `0x${Buffer.from(this.api.createType(type, value).toU8a()).toString('hex')}`;
  }

  #valueType(entry: StorageEntry): string {
    const { type } = entry.creator.meta;
    return this.api.registry.createLookupType(type.isMap ? type.asMap.value : type.asPlain);
  }

  #addBlock(extrinsics: readonly string[]): void {
    const number = this.#blocks.length;
    const parentHash = this.#blocks.at(-1)?.hash ?? ZERO;
    const bytes = `${parentHash}${lengthOf(number)}${ZERO.slice(2)}${ZERO.slice(2)}00`;
    const header = {
      ...{ number: `0x${number.toString(16)}`, parentHash, stateRoot: ZERO, extrinsicsRoot: ZERO },
      digest: { logs: [] },
    };
    const hash = blake2AsHex(bytesOf(bytes));
    this.#blocks.push({ hash, header, extrinsics, storage: new Map(this.#storage) });
  }
}

/** A small number in the compact form: https://docs.polkadot.com/polkadot-protocol/parachain-basics/data-encoding/. */
function lengthOf(count: number): string {
  if (count < 64) return byteOf(count << 2);
  const wide = (count << 2) | 1;
  return byteOf(wide & 0xff) + byteOf(wide >> 8);
}

function byteOf(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** Of hex a number would be read the other way round. */
function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), 'hex'));
}
