// A node of a real runtime, as a process of its own; tells its parent where it listens, and ends with it.
import { readGenesis } from './genesis.js';
import type { RuntimeName } from './genesis.js';
import { serveChain } from './chain-server.js';
import type { BlockMode } from './chain-server.js';

const [runtime = 'raonet', mode = 'instant', port = '0', file] = process.argv.slice(2);
// As ChainNode names them.
const { url } = await serveChain(readGenesis(runtime as RuntimeName), mode as BlockMode, { port: Number(port), file });
process.send?.({ url });
process.on('disconnect', () => process.exit());
