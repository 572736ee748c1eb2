import { BuildBlockMode, GenesisProvider, ResponseError, allHandlers, setup } from '@acala-network/chopsticks-core';
import type { Blockchain } from '@acala-network/chopsticks-core';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Genesis } from './genesis.js';
import { KeptBlocks } from './kept-blocks.js';

/** When blocks are made: after each extrinsic, shortly after some, or when `dev_newBlock` asks for one. */
export type BlockMode = 'instant' | 'batch' | 'manual';

/** A runtime that is served as a node of its chain. */
export interface ChainServer {
  /** `ws://HOST:PORT`. */
  readonly url: string;
  readonly chain: Blockchain;
  close(): Promise<void>;
}

const MODES = { instant: BuildBlockMode.Instant, batch: BuildBlockMode.Batch, manual: BuildBlockMode.Manual } as const;
const METHOD_NOT_FOUND = -32_601;
const INTERNAL_ERROR = -32_603;

const requestSchema = z.object({
  id: z.union([z.number(), z.string()]),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
});

/** Where a node listens, what it remembers, and how far away it is. */
export interface ServeOptions {
  readonly host: string;
  /** 0 picks one. */
  readonly port: number;
  /** What is asked takes so long to get there, in milliseconds, and reaches it also when who asked has ended meanwhile. */
  readonly wayMs: number;
  /** Its blocks are kept there, and it goes on from those that are; kept nowhere where left out. */
  readonly file?: string | undefined;
}

/** Boots the runtime of a genesis and serves it. */
export async function serveChain(genesis: Genesis, mode: BlockMode, options: ServeOptions): Promise<ChainServer> {
  const { host, port, file, wayMs } = options;
  const kept = file === undefined ? undefined : new KeptBlocks(file, genesis);
  const made = { genesis: new GenesisProvider(genesis), buildBlockMode: MODES[mode] };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the library declares a class, and has none
  const chain = await setup(kept === undefined ? made : { ...made, db: kept });
  // At head 0 every mortal extrinsic would be refused; block 1 follows from a clock that was set.
  if (chain.head.number < 1) throw new Error('the runtime did not make its first block');
  if (kept !== undefined) await goOn(chain, kept);
  const server = new WebSocketServer({ host, port });
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const finality: Finality = {};
  server.on('connection', (socket) => {
    serveConnection(chain, socket, { finality, wayMs });
  });
  // A server of TCP, whose address is no text.
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `ws://${host}:${String(bound)}`,
    chain,
    close: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
      await chain.close();
    },
  };
}

/** Takes up the blocks that were kept, from the first, which each builds upon. */
async function goOn(chain: Blockchain, kept: KeptBlocks): Promise<void> {
  for (const hash of kept.open()) {
    const block = await chain.loadBlockFromDB(hash);
    if (block !== undefined) await chain.setHead(block);
  }
}

/** The runtime that is served knows no lag: what is best is final. */
interface Finality {
  /** Hash of the block that stays the last final one, while it is held. */
  held?: string;
}

/** What those who are connected meet. */
interface Connected extends Pick<ServeOptions, 'wayMs'> {
  readonly finality: Finality;
}

/** What a node answers of finality while that is held, and how it comes to be. */
function ofFinality(chain: Blockchain, finality: Finality, method: string, params: readonly unknown[]): unknown {
  if (method === 'chain_getFinalizedHead') return finality.held;
  if (method !== 'dev_holdFinality') return undefined;
  if (params[0] === true) finality.held ??= chain.head.hash;
  else delete finality.held;
  return true;
}

function serveConnection(chain: Blockchain, socket: WebSocket, how: Connected): void {
  const { finality, wayMs } = how;
  const cancels = new Map<string, (id: string) => void>();
  const send = (message: object): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  };
  const subscriptions = {
    subscribe: (method: string, id: string, onCancel: (id: string) => void = () => undefined) => {
      cancels.set(id, onCancel);
      return (result: unknown): void => {
        const hidden = method === 'chain_finalizedHead' && finality.held !== undefined;
        if (cancels.has(id) && !hidden) send({ method, params: { result, subscription: id } });
      };
    },
    unsubscribe: (id: string): void => {
      cancels.get(id)?.(id);
      cancels.delete(id);
    },
  };
  socket.on('close', () => {
    for (const id of [...cancels.keys()]) subscriptions.unsubscribe(id);
  });
  const onMessage = (text: Buffer): void => {
    const { id, method, params } = requestSchema.parse(JSON.parse(text.toString()));
    const answer = ofFinality(chain, finality, method, params);
    if (answer !== undefined) {
      send({ id, result: answer });
      return;
    }
    const handler = allHandlers[method];
    if (handler === undefined) {
      send({ id, error: { code: METHOD_NOT_FOUND, message: `there is no method ${method}` } });
      return;
    }
    handler({ chain }, params, subscriptions).then(
      async (result: unknown) => {
        // What is set upon the head makes no block that would be kept.
        if (method === 'dev_setStorage') await chain.saveBlockToDB(chain.head);
        send({ id, result: result ?? null });
      },
      (error: unknown) => {
        send({ id, error: errorOf(error) });
      },
    );
  };
  socket.on('message', (text: Buffer) => {
    if (wayMs === 0) onMessage(text);
    else setTimeout(() => onMessage(text), wayMs);
  });
}

function errorOf(error: unknown): object {
  if (error instanceof ResponseError) return { code: error.code, message: error.message };
  return { code: INTERNAL_ERROR, message: String(error) };
}
