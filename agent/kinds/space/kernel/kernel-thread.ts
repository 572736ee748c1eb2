import { parentPort } from 'node:worker_threads';
import { compileKernels } from './open-kernel.js';

parentPort?.postMessage(compileKernels());
