import { firstTile, productTile, secondFactor } from '../../../common/challenge/gemm.js';
import { MerkleTree, leafHash } from '../../../common/challenge/merkle.js';
import type { ProverProcess } from '../../../agent/runtime/prover.js';
import { ByteReader } from '../../../agent/challenge/gpu/byte-reader.js';
import { Pipe } from './byte-pipe.js';

/** Where a tile is that is worked on. */
export interface TileAt {
  readonly device: number;
  readonly tile: number;
  readonly round: number;
}

/** How devices in a test differ from honest ones. */
export interface DeviceTricks {
  /** What comes of a tile; default its product. */
  readonly multiply?: (tile: Buffer, second: Int8Array, at: TileAt) => Buffer;
  /** What a tile is filled with; default what its key says. */
  readonly first?: (key: Buffer, tile: number) => Buffer;
  /** What is told instead of what was asked for, once all is done. */
  readonly told?: (leaf: Buffer, at: TileAt) => Buffer;
  /** Whether no GPU is found. */
  readonly hasNone?: boolean;
}

interface Device {
  readonly tiles: Buffer[];
  readonly rounds: { readonly tiles: readonly Buffer[]; readonly tree: MerkleTree }[];
}

/** What the kernel says of a container of one CPU and 256 MiB. */
const CGROUP: Readonly<Record<string, string>> = {
  'cgroup.controllers': 'cpu memory pids',
  'cpu.max': '100000 100000',
  'cpu.stat': 'usage_usec 0\nthrottled_usec 0',
  'memory.max': String(256 * 2 ** 20),
  'memory.peak': String(2 ** 20),
};

/** The program of deploy/challenge/gpu by a CPU, in this process: what a GPU has to answer, and how it is spoken to. */
export function openCpuDevices(tricks: DeviceTricks = {}): ProverProcess {
  const [input, output] = [new Pipe<Uint8Array>(), new Pipe<Uint8Array>()];
  const program = new CpuDevices(tricks);
  void serve(program, new ByteReader(input), output).finally(() => output.end());
  return {
    isContained: true,
    output,
    write: (bytes) => input.write(bytes),
    close: () => {
      input.end();
      return Promise.resolve();
    },
  };
}

async function serve(program: CpuDevices, requests: ByteReader, output: Pipe<Uint8Array>): Promise<void> {
  for (let head = await requests.read(5); head !== undefined; head = await requests.read(5)) {
    const payload = await requests.read(head.readUInt32LE(1));
    if (payload === undefined) return;
    const [status, told] = program.answer(String.fromCharCode(head[0] ?? 0), payload);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(told.length);
    await output.write(Buffer.concat([Buffer.from(status), length, told]));
    if (status !== '0') return;
  }
}

class CpuDevices {
  readonly #tricks: DeviceTricks;
  #devices: readonly Device[] = [];

  constructor(tricks: DeviceTricks) {
    this.#tricks = tricks;
  }

  answer(letter: string, payload: Buffer): readonly [status: '0' | '1' | '2', told: Buffer] {
    switch (letter) {
      case 'd':
        return this.#tricks.hasNone === true ? ['2', Buffer.from('none')] : ['0', Buffer.alloc(0)];
      case 'f':
        this.#devices = this.#filled(payload);
        return ['0', Buffer.alloc(0)];
      case 'm':
        return ['0', Buffer.concat(this.#devices.map((device, number) => this.#product(device, number, payload)))];
      case 't':
        return ['0', this.#tile(payload[0] ?? 0, payload.readUInt16LE(1), Number(payload.readBigUInt64LE(3)))];
      case 'r':
        return ['0', Buffer.from(CGROUP[payload.toString().split('/').at(-1) ?? ''] ?? '')];
      default:
        return ['1', Buffer.from(`there is no request '${letter}'`)];
    }
  }

  #filled(payload: Buffer): Device[] {
    const devices: Device[] = [];
    for (let at = 3; at < payload.length;) {
      const idEnd = at + 1 + (payload[at] ?? 0);
      const tiles = Number(payload.readBigUInt64LE(idEnd));
      const key = payload.subarray(idEnd + 8, idEnd + 40);
      const { first = firstTile } = this.#tricks;
      devices.push({ tiles: Array.from({ length: tiles }, (_, tile) => first(key, tile)), rounds: [] });
      at = idEnd + 40;
    }
    return devices;
  }

  #product({ tiles, rounds }: Device, device: number, key: Buffer): Buffer {
    const second = secondFactor(key);
    const { multiply = productTile } = this.#tricks;
    const made = (rounds.at(-1)?.tiles ?? tiles).map((tile, number) =>
      multiply(tile, second, { device, tile: number, round: rounds.length }),
    );
    const tree = new MerkleTree(made.map((tile) => leafHash(tile)));
    rounds.push({ tiles: made, tree });
    return tree.root;
  }

  #tile(device: number, round: number, tile: number): Buffer {
    const { told = (leaf: Buffer) => leaf } = this.#tricks;
    const of = this.#devices[device]?.rounds[round];
    const leaf = of?.tiles[tile];
    if (of === undefined || leaf === undefined) throw new RangeError('a tile that there is not');
    return Buffer.concat([told(leaf, { device, tile, round }), ...of.tree.path(tile)]);
  }
}
