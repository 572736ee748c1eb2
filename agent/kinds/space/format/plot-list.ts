import { z } from 'zod';
import { malformed } from './byte-reader.js';

const shape = z.array(
  z.object({
    plotId: z.string(),
    filePath: z.string(),
    cacheFilePath: z.string().nullish(),
    spaceAllocatedBytes: z.number().int(),
    merkleRoot: z.base64().max(1024),
    createdAtUtc: z.string(),
    status: z.unknown(),
  }),
);

/** What became of a plot when it was last looked at. */
export type PlotStatus = 'Valid' | 'Corrupted' | 'Missing';

/** A plot in the list of a stand-alone miner. */
export interface ListedPlot {
  /** A UUID of the list's own, in small letters. */
  readonly plotId: string;
  readonly filePath: string;
  /** '' where there is none, or where none is known. */
  readonly cacheFilePath: string;
  readonly spaceAllocatedBytes: number;
  /** Empty for one that could not be opened. */
  readonly merkleRoot: Buffer;
  /** ISO 8601 with up to seven decimals, kept as it was written. */
  readonly createdAtUtc: string;
  readonly status: PlotStatus;
}

/** The text of plots_metadata.json as the reference writes it: its keys, their order, its escapes, and no final newline. */
export function encodePlotList(plots: readonly ListedPlot[]): string {
  const rows = plots.map((plot) => ({
    plotId: plot.plotId,
    filePath: plot.filePath,
    cacheFilePath: plot.cacheFilePath,
    spaceAllocatedBytes: plot.spaceAllocatedBytes,
    merkleRoot: plot.merkleRoot.toString('base64'),
    createdAtUtc: plot.createdAtUtc,
    status: plot.status,
  }));
  // .NET's default encoder writes these by number, also the quotation mark that JSON has a short form for.
  return JSON.stringify(rows, undefined, 2)
    .replaceAll('\\"', '\\u0022')
    .replaceAll(/[^\x20-\x7e\n]|[&'+<>`]/g, escaped);
}

/** Reads that file. Throws `HeadframeError` (data_loss, 'plot_list_damaged') for what is not JSON of that shape. */
export function decodePlotList(text: string): readonly ListedPlot[] {
  const { error, data } = shape.safeParse(parsed(text));
  if (data === undefined) {
    const issue = error.issues[0];
    throw damaged('shape', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not of the expected shape'}`);
  }
  return data.map((row) => ({
    ...row,
    cacheFilePath: row.cacheFilePath ?? '',
    merkleRoot: Buffer.from(row.merkleRoot, 'base64'),
    status: row.status === 'Valid' || row.status === 'Corrupted' ? row.status : 'Missing',
  }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged('json', error instanceof Error ? error.message : String(error));
  }
}

function damaged(fault: string, text: string): Error {
  return malformed('plot_list_damaged', { fault, offset: 0, text });
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
