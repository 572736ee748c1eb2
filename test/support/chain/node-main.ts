// A node of a real runtime, as a process of its own; tells its parent where it listens, and ends with it.
import { readGenesis } from './genesis.js';
import type { ChainNodeArguments } from './chain-node.js';
import { serveChain } from './chain-server.js';

// As ChainNode writes them.
const { runtime, mode, ...options } = JSON.parse(process.argv[2] ?? '') as ChainNodeArguments;
const { url } = await serveChain(readGenesis(runtime), mode, options);
process.send?.({ url });
process.on('disconnect', () => process.exit());
