/** A leaf of a committed tree, and what says that it is one. */
export interface Opening {
  /** Which root, from 0. */
  readonly tree: number;
  readonly index: number;
  readonly leaf: Uint8Array;
  /** Siblings from below. */
  readonly path: readonly Uint8Array[];
}

/** What is answered to a reveal. */
export interface Opened {
  readonly openings: readonly Opening[];
  readonly values: readonly Uint8Array[];
}

/** What the kernel says of the container that a prover worked in. Times are milliseconds. */
export interface CgroupReading {
  /** 0 where there are no cgroups to be read. */
  readonly version: 0 | 1 | 2;
  /** 0 is no limit; thousandths of a CPU. */
  readonly cpuLimitMillis: number;
  /** 0 is no limit. */
  readonly memoryLimitBytes: number;
  readonly memoryPeakBytes: number;
  /** Used while the work was done. */
  readonly cpuTimeMs: number;
  /** For which threads were held back meanwhile, added over all of them. */
  readonly throttledMs: number;
  /** Of the work, by the prover's clock. */
  readonly wallMs: number;
}
