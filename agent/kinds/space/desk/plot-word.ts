import type { ErrorCode } from '../../../../common/model/error.js';
import type { DiskClass, ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import type { ReasonCode } from '../../../../common/model/reason.js';
import type { FolderState } from '../registry/match-plots.js';

/** How the process of plots works. */
export interface PlotProcessOptions {
  /** Absolute paths; the only places of plots. */
  readonly folders: readonly string[];
  /** Its own folder: the list of plots, and the jobs. */
  readonly stateFolder: string;
  /** Bytes that stay free on every disk. */
  readonly keepFreeBytes: number;
  /** Of plots that are made; undefined for no limit. */
  readonly bytesPerSecond: number | undefined;
  /** That make a plot. */
  readonly threads: number;
}

/** What the process is asked. */
export type PlotAsk =
  | { readonly kind: 'list' }
  | MakeAsk
  | { readonly kind: 'check'; readonly plotId: string }
  | { readonly kind: 'retry'; readonly jobId: string }
  | { readonly kind: 'drop'; readonly id: string; readonly deleteFile: boolean };

/** A plot that is wanted. */
export interface MakeAsk {
  readonly kind: 'make';
  readonly sizeBytes: number;
  /** '' for the one with the most room. */
  readonly folder: string;
  /** 0 to 20; 0 for none. */
  readonly cacheLevels: number;
  /** 64 hex digits; '' for a random one. */
  readonly minerKey: string;
}

/** A plot as it is told; digests are hex, and empty where they are not known. */
export interface PlotView {
  readonly id: string;
  readonly path: string;
  readonly status: 'valid' | 'damaged' | 'missing';
  readonly reason: string;
  readonly text: string;
  readonly sizeBytes: number;
  readonly leafCount: number;
  readonly merkleRoot: string;
  readonly plotSeed: string;
  readonly cachePath: string;
  readonly disk: string;
  readonly createdAtMs: number;
}

/** A folder as it is told. */
export interface FolderView {
  readonly path: string;
  readonly status: FolderState['status'];
  readonly reason: string;
  readonly text: string;
  readonly disk: string;
  readonly freeBytes: number;
  readonly diskClass: DiskClass | '';
  /** For new plots. */
  readonly roomBytes: number;
  /** That can be mined with. */
  readonly plots: number;
  readonly plotBytes: number;
}

/** Work on a plot. */
export interface PlotJob {
  readonly id: string;
  readonly kind: 'make' | 'check';
  readonly path: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'ended';
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly bytesPerS: number;
  /** Undefined while that is not known. */
  readonly leftS?: number | undefined;
  /** Why it failed, or what holds it up. */
  readonly reason: string;
  readonly text: string;
  readonly createdAtMs: number;
  /** 0 until it is over. */
  readonly endedAtMs: number;
  /** What a plot is made of; hex digits. */
  readonly making?:
    | { readonly minerKey: string; readonly plotSeed: string; readonly leafCount: number; readonly cacheLevels: number }
    | undefined;
}

/** What the process answers: all, or what the ask was about. */
export interface PlotsAnswer {
  readonly folders: readonly FolderView[];
  readonly plots: readonly PlotView[];
  readonly jobs: readonly PlotJob[];
}

/** Something that happened to plots. */
export interface PlotNote {
  readonly reason: ReasonCode;
  readonly text: string;
}

/** What is sent to the process: first how it works, then asks. */
export type ToPlotProcess = { readonly options: PlotProcessOptions } | { readonly id: number; readonly ask: PlotAsk };

/** What the process sends. */
export type FromPlotProcess =
  | { readonly id: number; readonly answer: PlotsAnswer }
  | {
      readonly id: number;
      readonly error: { readonly code: ErrorCode; readonly reason: string; readonly message: string };
    }
  | { readonly note: PlotNote }
  /** All folders, at first and when something of them changed. */
  | { readonly reported: readonly ReportedPlotFolder[] };
