import { readFileSync } from 'node:fs';
import type { ScanStrategy } from '../../../common/model/scan-strategy.js';

/** Hex of bytes, or a decimal integer of 64 bits. */
type Texts<Key extends string> = Readonly<Record<Key, string>>;
/** What may be null. */
type Verdict = { readonly error: string | null };

/** A whole small plot. */
export interface VectorPlot extends Texts<
  'name' | 'minerKey' | 'plotSeed' | 'leafCount' | 'merkleRoot' | 'header' | 'checksum' | 'headerHash' | 'fileSha256'
> {
  readonly treeHeight: number;
  readonly fileLength: number;
  readonly leaves: readonly string[];
  readonly levels?: readonly (readonly string[])[];
}

type Path = { readonly siblings: readonly string[] };
type Header = Texts<'parentHash' | 'height' | 'difficulty' | 'minerId' | 'signature' | 'unsigned' | 'hash' | 'hex'>;
type Message = { readonly type: string; readonly fields: Readonly<Record<string, unknown>> };
type Retarget = Texts<'difficulty' | 'timestamp' | 'intervalStart' | 'next'>;
type Record7 = Texts<'plotId' | 'filePath' | 'cacheFilePath' | 'merkleRoot' | 'createdAtUtc' | 'status'>;

/** Given facts about the Spacetime protocol, made apart from this code: what each means is said in docs/space.md. */
export interface SpaceVectors {
  readonly leaves: readonly Texts<'minerKey' | 'plotSeed' | 'nonce' | 'leaf'>[];
  readonly leafCountForSize: readonly (Texts<'sizeBytes' | 'leafCount' | 'fileLength'> & { treeHeight: number })[];
  readonly plots: readonly VectorPlot[];
  readonly plotFileChecks: readonly (Texts<'case' | 'hex'> & Verdict)[];
  readonly caches: readonly {
    readonly plot: string;
    readonly topLevels: number;
    readonly written: boolean;
    readonly firstLevel: number | null;
    readonly lastLevel: number | null;
    readonly hex: string | null;
  }[];
  readonly genesisChallenges: readonly Texts<'networkId' | 'challenge'>[];
  readonly challenges: readonly Texts<'previousBlockHash' | 'epoch' | 'challenge'>[];
  readonly scanOrders: readonly (Texts<'totalLeaves' | 'sha256OfDecimalLines'> & {
    readonly strategy: ScanStrategy;
    readonly count: number;
    readonly indices: readonly string[] | null;
  })[];
  readonly bestScores: readonly (Texts<'challenge' | 'bestIndex' | 'bestLeaf' | 'bestScore'> & {
    readonly plot: string | null;
    /** Where no plot is named. */
    readonly leaves?: readonly string[];
    readonly strategy: ScanStrategy;
    readonly earlyStopBits: number | null;
    readonly maxLeaves: number;
    readonly leavesRead: number;
  })[];
  readonly earlyStop: readonly { readonly score: string; readonly bits: number; readonly stops: boolean }[];
  readonly targets: readonly Texts<'difficulty' | 'target'>[];
  readonly targetsBack: readonly Texts<'difficulty' | 'target'>[];
  readonly belowTarget: readonly (Texts<'score' | 'target'> & { readonly wins: boolean })[];
  readonly retargets: readonly Retarget[];
  readonly merkleProofs: readonly (Texts<'plot' | 'index' | 'leaf' | 'merkleRoot'> &
    Path & { readonly siblingIsRight: readonly boolean[] })[];
  readonly blockProofs: readonly (Texts<'plot' | 'index' | 'leafCount' | 'plotId' | 'plotHeaderHash' | 'hex'> & {
    readonly length: number;
  })[];
  readonly proofValidation: readonly (Texts<'case' | 'expectedChallenge' | 'expectedRoot'> &
    Verdict & {
      readonly proof: Texts<'leaf' | 'root' | 'challenge' | 'score'> & Path & { readonly right: readonly boolean[] };
      readonly target: string | null;
    })[];
  readonly keys: readonly Texts<'privateKey' | 'publicKey'>[];
  readonly signatures: readonly (Texts<'case' | 'publicKey' | 'digest' | 'signature'> & {
    readonly privateKey: string | null;
    readonly valid: boolean | null;
  })[];
  readonly mockSignatures: readonly Texts<'publicKey' | 'headerHash' | 'signature'>[];
  readonly transactions: readonly (Texts<
    'sender' | 'recipient' | 'amount' | 'nonce' | 'fee' | 'signature' | 'unsigned' | 'hash' | 'hex'
  > & { readonly version: number; readonly passesBasicRules: boolean })[];
  readonly txRoots: readonly { readonly txHashes: readonly string[]; readonly root: string }[];
  readonly mempoolOrder: readonly {
    readonly arrival: readonly string[];
    readonly limit: number;
    readonly picked: readonly string[];
  }[];
  readonly headers: readonly Header[];
  readonly blocks: readonly (Texts<'plot' | 'hash' | 'hex'> & {
    readonly header: Header;
    readonly transactions: readonly string[];
    readonly length: number;
  })[];
  readonly genesisBlocks: readonly (Texts<
    'networkId' | 'timestamp' | 'difficulty' | 'signerPrivateKey' | 'hash' | 'hex'
  > & { readonly premine: readonly Texts<'recipient' | 'amount'>[] })[];
  readonly blockValidation: readonly (Texts<'case' | 'block' | 'now'> &
    Verdict & {
      readonly state: Texts<'tipHeight' | 'difficulty' | 'epoch' | 'challenge'> & { readonly tipHash: string | null };
    })[];
  readonly messages: readonly (Message & Texts<'payload' | 'frame'>)[];
  readonly streams: readonly (Texts<'case' | 'hex' | 'ends'> & { readonly messages: readonly Message[] })[];
  readonly rounds: readonly (Texts<
    'receives' | 'minerPrivateKey' | 'difficulty' | 'timestamp' | 'epoch' | 'challenge' | 'bestPlot' | 'bestIndex'
  > &
    Texts<'bestScore' | 'target' | 'proofSubmission'> & {
      readonly plots: readonly string[];
      readonly mempool: readonly string[];
      readonly wins: boolean;
      readonly blockHash: string | null;
      readonly blockFrame0x23: string | null;
      readonly newBlockFrame0x31: string | null;
    })[];
  readonly plotsMetadata: readonly {
    readonly records: readonly (Record7 & { readonly spaceAllocatedBytes: number })[];
    readonly text: string;
  }[];
  readonly sizeStrings: readonly { readonly text: string; readonly bytes: string | null }[];
  readonly sizeFormats: readonly Texts<'bytes' | 'formatBytes' | 'formatSize'>[];
}

/** The facts, as they were given. */
export const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as SpaceVectors;

/** Bytes of hex. */
export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

/** The plot of a name. */
export function vectorPlot(name: string): VectorPlot {
  const plot = vectors.plots.find((candidate) => candidate.name === name);
  if (plot === undefined) throw new RangeError(`no plot ${name}`);
  return plot;
}

/** The file of a plot. */
export function plotFile(plot: VectorPlot): Buffer {
  return hex(plot.header + plot.leaves.join(''));
}
