import type { HostScan } from './scan-times.js';

/** What the process that speaks with a space miner's node is told at its start. */
export interface HeadStart {
  readonly kind: 'start';
  /** The private key. */
  readonly key: Uint8Array;
  readonly minerId: string;
  /** `host:port` each. */
  readonly nodes: readonly string[];
  readonly tls: boolean;
  /** PEM; '' for those that Node.js trusts. */
  readonly authorities: string;
  readonly deadlineMs: number;
  readonly difficulty: number;
  readonly announce: 'Block' | 'NewBlock' | 'both';
  readonly collectTransactions: boolean;
  readonly version: string;
}

/** What it is told later: what hosts answered to a request, in the order of the hosts, or to end. */
export type HeadOrder =
  | HeadStart
  | { readonly kind: 'answers'; readonly scan: number; readonly answers: readonly HostAnswer[] }
  | { readonly kind: 'stop' };

/** What a host's scanner said: a line that it alone and the process can read. */
export interface HostAnswer {
  readonly host: string;
  readonly line: string;
}

/** What was counted since the process began. */
export interface HeadCounters {
  readonly totalChallengesReceived: number;
  readonly totalProofsGenerated: number;
  readonly totalProofsSubmitted: number;
  readonly totalBlocksWon: number;
  readonly totalBlocksAccepted: number;
}

/** How it stands. */
export interface HeadStanding {
  readonly counters: HeadCounters;
  /** `host:port`; '' while none is connected. */
  readonly peer: string;
  /** Of the block that is mined on; '' before one was named. */
  readonly height: string;
}

/** What is worth an event. */
export type HeadFact =
  | 'space_node_connected'
  | 'space_node_lost'
  | 'space_block_won'
  | 'space_block_accepted'
  | 'space_round_failed'
  | 'space_plots_silent'
  | 'space_disk_slow'
  | 'space_disk_late'
  | 'space_disk_well';

/** What it tells. */
export type HeadNews =
  /** Each host that has plots is to be asked by this line, and has so long to answer. */
  | { readonly kind: 'scan'; readonly scan: number; readonly request: string; readonly deadlineMs: number }
  /** Nobody waits for that any more. */
  | { readonly kind: 'drop'; readonly scan: number }
  | { readonly kind: 'standing'; readonly standing: HeadStanding }
  /** What the scans of the last round took, host by host. */
  | { readonly kind: 'times'; readonly scans: ReadonlyMap<string, HostScan> }
  | { readonly kind: 'fact'; readonly fact: HeadFact; readonly text: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly text: string };

/** A request as a host is asked that comes late: with the time that is left, in milliseconds, which its signature does not cover. */
export function hurriedRequest(request: string, leftMs: number): string {
  // It was made by the process of this very program.
  return JSON.stringify({ ...(JSON.parse(request) as object), leftMs: Math.max(0, leftMs) });
}

/** Most characters of a line between a process and a scanner. */
export const MOST_SCAN_LINE = 64 * 1024;
