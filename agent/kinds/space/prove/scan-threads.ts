import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../../../common/model/clock.js';
import type { WasmModule } from '../kernel/web-assembly.js';
import { startThread } from '../../../../common/service/start-thread.js';
import { DiskScanner } from './disk-scanner.js';
import type { ScanNews } from './scan-job.js';
import type { ScanThreadData } from './scan-thread.js';

/** How a disk is scanned. */
export interface DiskOptions {
  /** 2 keep a disk and a core busy at once: one reads while the other hashes. */
  readonly threads: number;
  /** For one read of 2 MiB. */
  readonly readTimeoutMs: number;
  readonly clock: Clock;
  readonly kernels: WasmModule | undefined;
}

/** A scanner of one disk with its threads. */
export interface OpenDisk {
  readonly scanner: DiskScanner;
  /** Ends the threads; one that a disk holds ends with its read, and is not waited for. */
  close(): void;
}

const held = new Set<Worker>();

/** Threads of this process that have not ended, those also that a disk holds. */
export function heldThreads(): number {
  return held.size;
}

/** Starts the threads of a disk. */
export function openDisk({ threads, readTimeoutMs, clock, kernels }: DiskOptions): OpenDisk {
  const workers: Worker[] = [];
  const posts = Array.from({ length: threads }, (_, thread) => {
    const data: ScanThreadData = { module: kernels, thread, threads };
    const worker = startThread('./scan-thread', import.meta.url, data);
    worker.on('message', (news: ScanNews) => scanner.hear(thread, news));
    // A thread that is lost counts as one that is held: the scan goes on without it.
    worker.on('error', () => undefined);
    worker.unref();
    held.add(worker);
    worker.once('exit', () => held.delete(worker));
    workers.push(worker);
    return { post: worker.postMessage.bind(worker) };
  });
  const scanner = new DiskScanner(posts, clock, readTimeoutMs);
  return {
    scanner,
    close: () => {
      for (const worker of workers) void worker.terminate();
    },
  };
}
