import type { HostScan } from '../../../../common/model/scan-times.js';
import { HOST_SHARE } from '../../../../common/model/space-container.js';
import type { HeadNews, HostAnswer } from '../../../../common/model/space-head.js';
import { proofFault } from '../format/block-proof.js';
import type { MinerKey } from '../format/miner-key.js';
import type { FoundProof, RoundGoal } from '../mine/own-block.js';
import type { Prover } from '../mine/space-miner.js';
import { factsOf } from './round-times.js';
import type { DiskLevels } from './round-times.js';
import { encodeScanRequest, readScanAnswer } from './scan-message.js';
import { toHeadframeError } from '../../../../common/model/error.js';

/** What a prover of a fleet works with. */
export interface FleetProverParts {
  readonly key: MinerKey;
  readonly deadlineMs: number;
  readonly tell: (news: HeadNews) => void;
}

/** The best proof of some answers, and what is wrong with the others. */
export interface Judged {
  readonly found: FoundProof | undefined;
  readonly faults: readonly { readonly host: string; readonly fault: string }[];
  /** What each host says that it took. */
  readonly scans: ReadonlyMap<string, HostScan>;
}

/** Has the hosts of a fleet scan, through whoever can ask them, and takes the best proof that holds. */
export class FleetProver implements Prover {
  readonly #parts: FleetProverParts;
  readonly #waiting = new Map<number, (answers: readonly HostAnswer[]) => void>();
  #scans = 0;
  #levels: DiskLevels = new Map();

  constructor(parts: FleetProverParts) {
    this.#parts = parts;
  }

  async prove(goal: RoundGoal, signal: AbortSignal): Promise<FoundProof | undefined> {
    const { key, deadlineMs, tell } = this.#parts;
    const scan = ++this.#scans;
    const drop = (): void => {
      if (this.#waiting.delete(scan)) tell({ kind: 'drop', scan });
    };
    signal.addEventListener('abort', drop, { once: true });
    const answered = new Promise<readonly HostAnswer[]>((resolve, reject) => {
      this.#waiting.set(scan, resolve);
      signal.addEventListener('abort', () => reject(new Error('the round is over')), { once: true });
    });
    tell({ kind: 'scan', scan, request: encodeScanRequest(goal, key), deadlineMs });
    try {
      const { found, faults, scans } = judge(await answered, goal.challenge, HOST_SHARE * deadlineMs);
      tell({ kind: 'times', scans });
      const { facts, levels } = factsOf(goal.epoch, scans, this.#levels);
      this.#levels = levels;
      for (const fact of facts) tell(fact);
      for (const { host, fault } of faults)
        tell({
          kind: 'fact',
          fact: 'space_round_failed',
          text: `host ${host} gave a proof that does not hold: ${fault}`,
        });
      return found;
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  /** Takes what hosts said; of a round that is over nobody wants it. */
  hear(scan: number, answers: readonly HostAnswer[]): void {
    const settle = this.#waiting.get(scan);
    this.#waiting.delete(scan);
    settle?.(answers);
  }
}

/** The best proof that holds, of equals the first; a host that gives one that does not holds up nobody. Pure. */
export function judge(answers: readonly HostAnswer[], challenge: Buffer, deadlineMs: number): Judged {
  const scans = new Map<string, HostScan>();
  const faults: { host: string; fault: string }[] = [];
  let best: FoundProof | undefined;
  for (const { host, line } of answers) {
    try {
      const { found, ...scan } = readScanAnswer(line);
      scans.set(host, { ...scan, deadlineMs });
      if (found === undefined) continue;
      const { proof, plotRoot, score } = found;
      const fault = proofFault({ ...proof, challenge, plotRoot, score }, { challenge, plotRoot });
      if (fault !== undefined) faults.push({ host, fault });
      else if (best === undefined || Buffer.compare(score, best.score) < 0) best = found;
    } catch (error) {
      faults.push({ host, fault: toHeadframeError(error).message });
    }
  }
  return { found: best, faults, scans };
}
