import { DIGEST_BYTES } from '../../../common/challenge/digest.js';
import { TILE_BYTES } from '../../../common/challenge/gemm.js';
import type { Opening } from '../../../common/challenge/proof.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { ProverProcess } from '../../runtime/prover.js';
import type { DeviceFill, Gemm } from '../prover/gpu.js';
import { ByteReader } from './byte-reader.js';

/** What is asked for: all devices opened, filled, multiplied, a tile, a file of the container's. */
type Letter = 'd' | 'f' | 'm' | 't' | 'r';

const HEADER_BYTES = 5;
const DONE = '0'.charCodeAt(0);
const NO_DEVICES = '2'.charCodeAt(0);
/** The longest answer is a tile and its path, or a file of the kernel's. */
const MOST_ANSWER_BYTES = 256 * 1024;
/** Products that the program keeps the trees of. */
const MOST_ROUNDS = 256;

/** The devices behind a program of deploy/challenge/gpu, which says in `main.c` how it is spoken to. Each call throws `HeadframeError`. */
export class ProgramDevices implements Gemm {
  readonly #program: Pick<ProverProcess, 'write'>;
  readonly #answers: ByteReader;
  #count = 0;

  constructor(program: Pick<ProverProcess, 'write' | 'output'>) {
    this.#program = program;
    this.#answers = new ByteReader(program.output);
  }

  /** Has the devices opened and their kernels built; before that nothing else is answered. */
  async open(): Promise<void> {
    await this.#ask('d', Buffer.alloc(0));
  }

  async fill(devices: readonly DeviceFill[]): Promise<void> {
    const head = Buffer.alloc(3);
    head.writeUInt16LE(MOST_ROUNDS);
    head[2] = devices.length;
    const shares = devices.map(({ id, tiles, key }) =>
      Buffer.concat([Buffer.from([id.length]), Buffer.from(id), u64(tiles), key]),
    );
    await this.#ask('f', Buffer.concat([head, ...shares]));
    this.#count = devices.length;
  }

  async multiply(key: Uint8Array): Promise<readonly Buffer[]> {
    const roots = await this.#ask('m', key);
    if (roots.length !== this.#count * DIGEST_BYTES) throw ended(`it told ${String(roots.length)} bytes of roots`);
    return digestsOf(roots);
  }

  async tile(device: number, round: number, tile: number): Promise<Pick<Opening, 'leaf' | 'path'>> {
    const place = Buffer.alloc(3);
    place[0] = device;
    place.writeUInt16LE(round, 1);
    const told = await this.#ask('t', Buffer.concat([place, u64(tile)]));
    return { leaf: told.subarray(0, TILE_BYTES), path: digestsOf(told.subarray(TILE_BYTES)) };
  }

  /** A file under /sys/fs/cgroup as the program sees it; undefined where there is nothing in it. */
  async file(path: string): Promise<string | undefined> {
    const text = await this.#ask('r', Buffer.from(path));
    return text.length === 0 ? undefined : text.toString('latin1');
  }

  async #ask(letter: Letter, payload: Uint8Array): Promise<Buffer> {
    const head = Buffer.alloc(HEADER_BYTES);
    head.write(letter);
    head.writeUInt32LE(payload.length, 1);
    await this.#program.write(Buffer.concat([head, payload]));
    const answer = await this.#answers.read(HEADER_BYTES);
    const length = answer?.readUInt32LE(1) ?? 0;
    if (length > MOST_ANSWER_BYTES) throw ended(`it answers with ${String(length)} bytes`);
    const told = answer && (await this.#answers.read(length));
    if (told === undefined) throw ended('it ended');
    if (answer?.[0] === NO_DEVICES) throw notFound();
    if (answer?.[0] !== DONE) throw ended(told.toString('latin1'));
    return told;
  }
}

function digestsOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / DIGEST_BYTES);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES));
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function ended(why: string): HeadframeError {
  return new HeadframeError({
    code: 'internal',
    reason: 'challenge_prover_failed',
    message: `the program that works on GPUs failed: ${why}`,
  });
}

function notFound(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'challenge_gpu_not_found',
    message: 'OpenCL finds no GPU in the container of the prover',
    remedy: "Check the NVIDIA Container Toolkit and the driver's OpenCL on the host.",
  });
}
