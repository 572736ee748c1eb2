import { addCounters, NOTHING_COUNTED, proofsTold } from './counters.js';
import type { Clock } from '../../../common/model/clock.js';
import type { HeadCounters, HeadNews, HeadStanding, HeadStart } from '../../../common/model/space-head.js';
import type { HostScan } from '../../../common/model/scan-times.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetPort } from '../../fleet/port.js';
import type { ReachPort } from '../../router/index.js';
import { askHosts } from './ask-hosts.js';
import type { ScannedFolders } from './scans-on-host.js';
import { startHead } from './head-process.js';
import type { HeadProcess } from './head-process.js';
import type { WantedHead } from './plan-heads.js';

/** What a head works with. */
export interface HeadParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reach: ReachPort;
  readonly version: string;
}

const BACKOFF = { leastMs: 1000, mostMs: 60_000 } as const;
/** An event of one reason at most so often; the log has all. */
const EVENT_EVERY_MS = 60_000;

/** A miner's process that speaks with its node, started again when it ends, and its ways to hosts and events. */
export class RunningHead {
  readonly #wanted: WantedHead;
  readonly #key: Buffer;
  readonly #parts: HeadParts;
  readonly #scans = new Map<number, AbortController>();
  readonly #toldMs = new Map<string, number>();
  #process: HeadProcess | undefined;
  /** What earlier processes counted. */
  #before: HeadCounters = NOTHING_COUNTED;
  #standing: HeadStanding = { counters: NOTHING_COUNTED, peer: '', height: '' };
  #times: ReadonlyMap<string, HostScan> = new Map();
  #failures = 0;
  #againMs = 0;

  constructor(wanted: WantedHead, key: Buffer, parts: HeadParts) {
    this.#wanted = wanted;
    this.#key = key;
    this.#parts = parts;
  }

  /** What it was begun with. */
  get version(): string {
    return this.#wanted.version;
  }

  /** How the miner stands, with what earlier processes counted. */
  get standing(): HeadStanding & { readonly miner: string } {
    const { counters, ...rest } = this.#standing;
    return { miner: this.#wanted.miner, ...rest, counters: addCounters(this.#before, counters) };
  }

  /** What the last scan of a host took; undefined where there was none since the process began. */
  scanOn(hostId: string): ScannedFolders | undefined {
    const scan = this.#times.get(hostId);
    return scan && { folders: this.#wanted.space.folders, scan };
  }

  /** Starts the process where none is there and it is time to. */
  lookAfter(): void {
    const { clock, version } = this.#parts;
    if (this.#process !== undefined || clock.monotonicMs() < this.#againMs) return;
    const { nodes, tls, authorities, minerId, deadlineMs, difficulty, announce, collectTransactions } =
      this.#wanted.space;
    const fixed = { nodes, tls, authorities, minerId, deadlineMs, difficulty, announce, collectTransactions, version };
    const start: HeadStart = { kind: 'start', key: this.#key, ...fixed };
    const process = startHead(start, clock, (news) => this.#hear(news));
    this.#process = process;
    void process.ended.then((why) => this.#over(process, why));
  }

  /** Ends it; resolves once its process is gone. */
  async stop(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    this.#againMs = Infinity;
    this.#dropAll();
    await process?.stop();
  }

  #over(process: HeadProcess, why: string): void {
    this.#dropAll();
    this.#before = addCounters(this.#before, this.#standing.counters);
    this.#standing = { counters: NOTHING_COUNTED, peer: '', height: '' };
    if (this.#process !== process) return;
    this.#process = undefined;
    const waitMs = Math.min(BACKOFF.mostMs, BACKOFF.leastMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#againMs = this.#parts.clock.monotonicMs() + waitMs;
    this.#tell('space_head_failed', why);
  }

  #hear(news: HeadNews): void {
    switch (news.kind) {
      case 'scan':
        return void this.#scan(news);
      case 'drop':
        this.#drop(news.scan);
        return;
      case 'standing':
        this.#stand(news.standing);
        return;
      case 'times':
        this.#times = new Map([...this.#times, ...news.scans]);
        return;
      case 'fact':
        this.#tell(news.fact, news.text);
        return;
      case 'failed':
      // What it says is why it ends.
    }
  }

  #stand(standing: HeadStanding): void {
    const before = this.standing.counters;
    this.#standing = standing;
    if (standing.peer !== '') this.#failures = 0;
    const text = proofsTold(before, this.standing.counters);
    if (text !== undefined) this.#tell('space_proof_sent', text);
  }

  async #scan({ scan, request, deadlineMs }: Extract<HeadNews, { kind: 'scan' }>): Promise<void> {
    const { fleet, reach, clock } = this.#parts;
    const process = this.#process;
    const over = new AbortController();
    this.#scans.set(scan, over);
    const cancel = clock.setTimer(() => over.abort(), deadlineMs);
    const onSilent = (host: string, why: string): void => {
      // Of a round that is over nobody wants to know.
      if (this.#scans.has(scan)) this.#tell('space_round_failed', `host ${host} gave no answer: ${why}`);
    };
    try {
      const parts = { fleet, reach, clock, deadlineMs, onSilent };
      const answers = await askHosts(this.#wanted.miner, request, parts, over.signal);
      process?.tell({ kind: 'answers', scan, answers });
    } finally {
      cancel();
      this.#scans.delete(scan);
    }
  }

  #drop(scan: number): void {
    const over = this.#scans.get(scan);
    this.#scans.delete(scan);
    over?.abort();
  }

  #dropAll(): void {
    for (const scan of [...this.#scans.keys()]) this.#drop(scan);
  }

  /** A line of the log, and an event now and then. */
  #tell(reason: string, text: string): void {
    const { logger, fleet, clock } = this.#parts;
    const { miner } = this.#wanted;
    logger.info({ miner, reason }, text);
    const nowMs = clock.monotonicMs();
    if (nowMs - (this.#toldMs.get(reason) ?? -Infinity) < EVENT_EVERY_MS) return;
    this.#toldMs.set(reason, nowMs);
    fleet.transact((tx) => tx.event({ subject: 'miner', id: miner, miner, reason, text }));
  }
}
