import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeBlockProof } from '../../../../../../agent/kinds/space/format/block-proof.js';
import { decodeBlock, decodeBlockHeader } from '../../../../../../agent/kinds/space/format/block.js';
import { decodeCache } from '../../../../../../agent/kinds/space/format/cache-file.js';
import { decodePlotList } from '../../../../../../agent/kinds/space/format/plot-list.js';
import { decodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import { decodeTransaction } from '../../../../../../agent/kinds/space/format/transaction.js';
import { parseSize } from '../../../../../../agent/kinds/space/format/size-text.js';
import {
  encodeScanAnswer,
  encodeScanRequest,
  readScanAnswer,
  readScanRequest,
} from '../../../../../../agent/kinds/space/fleet/scan-message.js';
import { openMinerKey } from '../../../../../../agent/kinds/space/format/miner-key.js';
import { openCache } from '../../../../../../agent/kinds/space/prove/cache-nodes.js';
import { HeadframeError } from '../../../../../../common/model/error.js';
import { foundIn } from '../../../../../support/space/found-in.js';
import { hex, plotFile, vectors } from '../../../../../support/space/vectors.js';

let folder = '';
const challenge = Buffer.alloc(32, 3);
const key = openMinerKey(Buffer.alloc(32, 7));
const counted = { answered: 1, plots: 1, tookMs: 5, disks: [], plotMs: new Map([['/plots/0/a.plot', 4]]) };
const answers = [undefined, foundIn(['dev-16'], challenge)].map((found) => encodeScanAnswer({ found, ...counted }));

/** Every decoder, with bytes that it takes. */
const DECODERS: readonly (readonly [string, (bytes: Buffer) => unknown, readonly Buffer[]])[] = [
  ['plot headers', (bytes) => decodePlotHeader(bytes, bytes.length), vectors.plots.map(plotFile)],
  ['caches', decodeCache, vectors.caches.flatMap(({ hex: file }) => (file === null ? [] : [hex(file)]))],
  ['proofs', decodeBlockProof, vectors.blockProofs.map((vector) => hex(vector.hex))],
  ['headers', decodeBlockHeader, vectors.headers.map((vector) => hex(vector.hex))],
  ['blocks', decodeBlock, vectors.blocks.map((vector) => hex(vector.hex))],
  ['transactions', decodeTransaction, vectors.transactions.map((vector) => hex(vector.hex))],
  ['lists', (bytes) => decodePlotList(bytes.toString()), vectors.plotsMetadata.map(({ text }) => Buffer.from(text))],
  [
    'requests for scans',
    (bytes) => readScanRequest(bytes.toString(), key.minerId),
    [Buffer.from(encodeScanRequest({ challenge, epoch: 41n }, key))],
  ],
  ['answers of scans', (bytes) => readScanAnswer(bytes.toString()), answers.map((line) => Buffer.from(line))],
  ['opened caches', openedCache, vectors.caches.flatMap(({ hex: file }) => (file === null ? [] : [hex(file)]))],
  ['sizes', (bytes) => parseSize(bytes.toString()), vectors.sizeStrings.map(({ text }) => Buffer.from(text))],
];
/** The cache of the only plot of 16 leaves, as it is read where a leaf is proven. */
function openedCache(bytes: Buffer): void {
  const path = join(folder, 'a.cache');
  writeFileSync(path, bytes);
  const cache = openCache(path, 16);
  try {
    for (let level = cache.first; level < 4; level += 1) cache.node(level, 0);
  } finally {
    cache.close();
  }
}

/** Integers that readers get wrong. */
const NUMBERS = [0, 1, 127, 128, 255].map((byte) => Buffer.alloc(8, byte));
/** What a decoder may hold besides its input. */
const MOST_BYTES = 64 * 1024 * 1024;

type Edit = readonly [at: number, piece: Buffer, cut: boolean];

function edited(bytes: Buffer, edits: readonly Edit[]): Buffer {
  return edits.reduce((now, [at, piece, cut]) => {
    const place = at % (now.length + 1);
    const tail = cut ? Buffer.alloc(0) : now.subarray(place + piece.length);
    return Buffer.concat([now.subarray(0, place), piece, tail]);
  }, bytes);
}

const edit = fc.tuple(
  fc.nat(4096),
  fc.oneof(
    fc.constantFrom(...NUMBERS),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  ),
  fc.nat(9).map((dice) => dice === 0),
);

describe('readers of what others wrote', () => {
  before(() => (folder = mkdtempSync(join(tmpdir(), 'headframe-test-'))));
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, decode, samples] of DECODERS) {
    it(`take ${name} or refuse them with an error that says why, in little memory`, () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 512 }).map((random) => Buffer.from(random)),
        fc
          .tuple(fc.constantFrom(...samples), fc.array(edit, { maxLength: 4 }))
          .map(([sample, edits]) => edited(sample, edits)),
      );
      const before = process.memoryUsage.rss();
      fc.assert(
        fc.property(bytes, (input) => {
          try {
            decode(input);
          } catch (error) {
            expect(error).to.be.instanceOf(HeadframeError);
          }
        }),
        { numRuns: decode === openedCache ? 300 : 1500 },
      );
      expect(process.memoryUsage.rss() - before).to.be.lessThan(MOST_BYTES);
    });
  }
});
