import { request } from 'node:http';
import { connect } from 'node:net';
import { HeadframeError } from '../../common/model/error.js';
import type { Probe } from '../../common/model/miner.js';
import type { OutputChunk, Runtime } from '../runtime/runtime.js';
import type { ProbeOutcome } from './judge.js';

/** Where a probe is aimed. */
export interface ProbeTarget {
  readonly serial: number;
  /** Address that reaches the instance; '' when it has none. */
  readonly address: string;
  /** Port to ask at for a container port: the same, or the host port where the instance shares the host's network. */
  portOf(containerPort: number): number;
  readonly imageHealth: 'none' | 'starting' | 'healthy' | 'unhealthy';
}

/** Asks once; never throws, and never takes longer than the signal allows. */
export async function runProbe(
  probe: Probe,
  target: ProbeTarget,
  runtime: Pick<Runtime, 'exec'>,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  try {
    switch (probe.kind) {
      case 'http':
        return await probeHttp(addressOf(target), target.portOf(probe.port), probe.path, signal);
      case 'tcp':
        return await probeTcp(addressOf(target), target.portOf(probe.port), signal);
      case 'exec':
        return await probeExec(probe.command, target.serial, runtime, signal);
      case 'image':
        return probeImage(target.imageHealth);
    }
  } catch (error) {
    return { passed: false, detail: signal.aborted ? 'no answer in time' : messageOf(error) };
  }
}

/** Node takes an empty address for this very machine, where somebody else may answer. */
function addressOf({ address }: ProbeTarget): string {
  if (address === '') throw new Error('the instance has no address that it could be asked at');
  return address;
}

function probeHttp(host: string, port: number, path: string, signal: AbortSignal): Promise<ProbeOutcome> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host, port, path, signal, agent: false, headers: { 'user-agent': 'headframe-agent' } },
      (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        resolve({
          passed: status >= 200 && status < 400,
          detail: `HTTP ${String(status)} from port ${String(port)}${path}`,
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}

function probeTcp(host: string, port: number, signal: AbortSignal): Promise<ProbeOutcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.on('error', reject);
    socket.on('connect', () => {
      socket.destroy();
      resolve({ passed: true, detail: `port ${String(port)} accepts connections` });
    });
  });
}

// Enough of a failing command's words to see what is wrong.
const KEPT_OUTPUT_BYTES = 512;

async function probeExec(
  command: readonly string[],
  serial: number,
  runtime: Pick<Runtime, 'exec'>,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  // As long as the command does not run it is the engine that is slow, and no instance is to be stopped for that.
  let running = false;
  try {
    const session = await runtime.exec(serial, { command, tty: false, stdin: false, columns: 80, rows: 24 }, signal);
    running = true;
    const words = await firstWords(session.output);
    running = false;
    const code = await session.exitCode();
    return { passed: code === 0, detail: `exit code ${String(code)}${words === '' ? '' : `: ${words}`}` };
  } catch (error) {
    const away = error instanceof HeadframeError && error.reason === 'engine_unavailable';
    if (away || (signal.aborted && !running))
      return { passed: undefined, detail: 'the container engine does not answer' };
    throw error;
  }
}

async function firstWords(output: AsyncIterable<OutputChunk>): Promise<string> {
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  for await (const { data } of output) {
    if (keptBytes >= KEPT_OUTPUT_BYTES) continue;
    kept.push(data.subarray(0, KEPT_OUTPUT_BYTES - keptBytes));
    keptBytes += data.length;
  }
  return Buffer.concat(kept).toString('utf8').trim();
}

/** Tells the verdict of the image's own health check, which the engine makes; it says nothing while that is starting. */
export function probeImage(health: ProbeTarget['imageHealth']): ProbeOutcome {
  if (health === 'none') return { passed: false, detail: 'the image declares no HEALTHCHECK' };
  const detail = `the engine says ${health}`;
  return { passed: health === 'starting' ? undefined : health === 'healthy', detail };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
