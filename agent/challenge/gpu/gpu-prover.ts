import { PassThrough } from 'node:stream';
import { systemClock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { GpuProverRequest, OpenProver, ProverProcess } from '../../runtime/prover.js';
import { readCgroup } from '../prover/cgroup.js';
import { proveGpu } from '../prover/gpu.js';
import { serveProver } from '../prover/serve.js';
import { ProgramDevices } from './devices.js';

/** How many bytes wait between the agent and the prover before the writer does. */
const HELD_BYTES = 2 ** 20;

/**
 * A prover of GPUs. What works is a program in a container, which knows no more than matrices and digests; what it is asked for and
 * what is made of its answers is done here, in the agent, for it is little. Throws `HeadframeError` where no GPU is found.
 */
export async function openGpuProver(
  open: OpenProver,
  request: GpuProverRequest,
  signal: AbortSignal,
): Promise<ProverProcess> {
  const program = await open(request, signal);
  try {
    const devices = new ProgramDevices(program);
    await devices.open();
    return new GpuProver(program, devices);
  } catch (error) {
    await program.close();
    throw error;
  }
}

class GpuProver implements ProverProcess {
  readonly isContained: boolean;
  readonly #program: ProverProcess;
  readonly #input = new PassThrough({ highWaterMark: HELD_BYTES });
  readonly #output = new PassThrough({ highWaterMark: HELD_BYTES });
  readonly #served: Promise<void>;

  constructor(program: ProverProcess, devices: ProgramDevices) {
    this.isContained = program.isContained;
    this.#program = program;
    const streams = {
      input: bytesOf(this.#input),
      write: (bytes: Uint8Array) => written(this.#output, bytes),
      // The program's own connection ends with it.
      onGone: () => undefined,
    };
    this.#served = serveProver(streams, {
      prove: (parameters, seed) =>
        parameters.type === 'gpu' ? proveGpu(devices, parameters, seed) : Promise.reject(notGpu(parameters.type)),
      clock: systemClock,
      readCgroup: () => readCgroup(undefined, (path) => devices.file(path)),
      // Those of this process do not work on it.
      readThreads: () => Promise.resolve(undefined),
    })
      // Whoever waits for what it has to say hears that it says no more.
      .catch(() => undefined)
      .finally(() => this.#output.end());
  }

  get output(): AsyncIterable<Uint8Array> {
    return bytesOf(this.#output);
  }

  write(bytes: Uint8Array): Promise<void> {
    return written(this.#input, bytes);
  }

  async close(): Promise<void> {
    this.#input.end();
    await this.#program.close();
    // Nobody reads any more, and who waits to be read would for ever.
    this.#output.destroy();
    await this.#served;
  }
}

async function* bytesOf(stream: PassThrough): AsyncGenerator<Uint8Array> {
  // A stream without an encoding gives bytes.
  for await (const bytes of stream) yield bytes as Uint8Array;
}

function written(stream: PassThrough, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function notGpu(type: string): HeadframeError {
  const message = `a prover of GPUs does no challenge of type ${type}`;
  return new HeadframeError({ code: 'failed_precondition', reason: 'challenge_invalid', message });
}
