import { z } from 'zod';
import { sha256 } from '../../../../common/challenge/digest.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { DiskScan } from '../../../../common/model/scan-times.js';
import { decodeBlockProof, encodeBlockProof } from '../format/block-proof.js';
import { i64 } from '../format/integers.js';
import { isSignedBy } from '../format/miner-key.js';
import type { MinerKey } from '../format/miner-key.js';
import type { FoundProof } from '../mine/own-block.js';

/** What a host is asked: the best leaf of its plots for a challenge. */
export interface ScanRequest {
  /** 32 bytes. */
  readonly challenge: Buffer;
  readonly epoch: bigint;
  /** From the request to the answer, where the host has less time than usual; milliseconds. */
  readonly leftMs?: number;
}

/** What it says. */
export interface ScanAnswer {
  readonly found: FoundProof | undefined;
  /** Plots that were looked at in full, of all that it has. */
  readonly answered: number;
  readonly plots: number;
  readonly tookMs: number;
  /** Each disk; none from a scanner of before. */
  readonly disks: readonly DiskScan[];
  /** By path within the scanner's container, the slowest first. */
  readonly plotMs: ReadonlyMap<string, number>;
}

/** Times of plots that a line has room for, and the longest path of one. */
const [MOST_TIMES, LONGEST_PATH] = [256, 160];
/** As a manifest has folders at most. */
const MOST_DISKS = 32;

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${String(2 * bytes)}}$`));
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const requestShape = z.strictObject({
  challenge: hex(32),
  epoch: z.string().regex(/^\d{1,19}$/),
  signature: hex(64),
  leftMs: count.optional(),
});

const answerShape = z.strictObject({
  found: z.strictObject({ proof: z.base64().max(16_384), plotRoot: hex(32), score: hex(32) }).nullable(),
  answered: count,
  plots: count,
  tookMs: z.number().min(0),
  disks: z
    .array(
      z.strictObject({
        disk: z.string().max(LONGEST_PATH),
        plots: count,
        tookMs: z.number().min(0),
        end: z.enum(['whole', 'deadline', 'stalled']),
      }),
    )
    .max(MOST_DISKS)
    .default([]),
  plotMs: z
    .array(z.tuple([z.string().max(LONGEST_PATH), z.number().min(0)]))
    .max(MOST_TIMES)
    .default([]),
});

/** A request as a line, signed: a host gives the use of its plots to nobody else. */
export function encodeScanRequest(request: Omit<ScanRequest, 'leftMs'>, key: Pick<MinerKey, 'sign'>): string {
  const { challenge, epoch } = request;
  const signature = key.sign(digestOf(request)).toString('hex');
  return JSON.stringify({ challenge: challenge.toString('hex'), epoch: String(epoch), signature });
}

/** Reads a request of the miner of an id. Throws `HeadframeError` (permission_denied, 'space_scan_refused'). */
export function readScanRequest(line: string, minerId: Buffer): ScanRequest {
  const { data } = requestShape.safeParse(parsed(line));
  if (data === undefined) throw refused('it is not of the expected shape');
  const { leftMs } = data;
  const signed = { challenge: Buffer.from(data.challenge, 'hex'), epoch: BigInt(data.epoch) };
  // Who asks may not sign, and knows how much time is left; less time is all that it can give.
  const request = leftMs === undefined ? signed : { ...signed, leftMs };
  if (request.epoch >= 2n ** 63n) throw refused('its epoch is beyond what epochs can be');
  if (!isSignedBy(minerId, digestOf(request), Buffer.from(data.signature, 'hex')))
    throw refused('it is not signed by the miner that this host scans for');
  return request;
}

/** An answer as a line. */
export function encodeScanAnswer({ found, disks, plotMs, ...rest }: ScanAnswer): string {
  const proof = found && {
    proof: encodeBlockProof(found.proof).toString('base64'),
    plotRoot: found.plotRoot.toString('hex'),
    score: found.score.toString('hex'),
  };
  const told = { disks: disks.slice(0, MOST_DISKS).map(rounded), plotMs: slowest(plotMs) };
  return JSON.stringify({ found: proof ?? null, ...rest, ...told });
}

/** Reads an answer; what it claims is not looked at here. Throws `HeadframeError` (data_loss, 'space_scan_refused' or 'block_malformed'). */
export function readScanAnswer(line: string): ScanAnswer {
  const { data } = answerShape.safeParse(parsed(line));
  if (data === undefined) throw refused('the answer is not of the expected shape');
  const { found, plotMs, ...counts } = data;
  const rest = { ...counts, plotMs: new Map(plotMs) };
  if (found === null) return { ...rest, found: undefined };
  const proof = decodeBlockProof(Buffer.from(found.proof, 'base64'));
  return {
    ...rest,
    found: { proof, plotRoot: Buffer.from(found.plotRoot, 'hex'), score: Buffer.from(found.score, 'hex') },
  };
}

function rounded(scan: DiskScan): DiskScan {
  return { ...scan, tookMs: Math.round(scan.tookMs) };
}

function slowest(plotMs: ScanAnswer['plotMs']): readonly (readonly [string, number])[] {
  const short = [...plotMs].filter(([path]) => path.length <= LONGEST_PATH);
  const sorted = short.sort(([, one], [, other]) => other - one).slice(0, MOST_TIMES);
  return sorted.map(([path, ms]) => [path, Math.round(ms)]);
}

/** Begins unlike anything else that a miner's key signs. */
function digestOf({ challenge, epoch }: Pick<ScanRequest, 'challenge' | 'epoch'>): Buffer {
  return sha256(Buffer.from('headframe space scan\0'), challenge, i64(epoch));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function refused(why: string): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'space_scan_refused',
    message: `a scan was refused: ${why}`,
    remedy: 'See whether minerId is that of the key, and whether coordinator and image are of one version.',
  });
}
