import type { LogStream } from './log-stream.js';
import type { Patience } from './patience.js';
import type { SnapshotStream } from './snapshot-stream.js';

/** What a store's messages go into. */
export interface LogStreams {
  readonly journal: LogStream;
  readonly snapshots: SnapshotStream;
  /** Bytes that a message may carry. */
  readonly messageBytes: number;
}

/** Where a store has its messages; it is opened once. */
export interface LogPlace {
  /** Throws `HeadframeError` where nothing may be kept there. */
  open(patience: () => Patience): Promise<LogStreams>;
  close(): Promise<void>;
}
