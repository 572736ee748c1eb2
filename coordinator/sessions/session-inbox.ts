import { hostHealthFromWire, plotFoldersFromWire } from '../../common/wire/agent.js';
import type { AgentWord } from '../../common/wire/agent.js';
import { applyHostHealth } from './host-health.js';
import { applyPlotFolders } from './host-plots.js';
import type { HostSession } from './host-session.js';
import { SecretTurns } from './secret-desk.js';
import type { SecretDesk } from './secret-desk.js';
import { ReportIntake } from './report-intake.js';
import type { IntakeParts } from './report-intake.js';
import type { ReportVerdict } from './reports.js';
import { leaseExpired, unexpectedMessage } from './session-errors.js';

/** What takes in what agents say. */
export interface InboxParts extends IntakeParts {
  /** Who hands out secrets; undefined where nobody does. */
  readonly secrets?: SecretDesk | undefined;
  /** Where the coordinators are, the same array while that is the same; none, and when left out, where this one is alone. */
  readonly coordinators?: (() => readonly string[]) | undefined;
}

/** Takes what agents say in their sessions to where it belongs. */
export class SessionInbox {
  readonly #parts: InboxParts;
  readonly #told = new WeakMap<HostSession, readonly string[]>();
  readonly #intake: ReportIntake;
  readonly #secrets: SecretTurns;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#intake = new ReportIntake(parts);
    this.#secrets = new SecretTurns(parts.secrets);
  }

  /** Reports since the start, by what became of them. */
  get reportCounts(): ReadonlyMap<ReportVerdict, number> {
    return this.#intake.counts;
  }

  /**
   * Takes one message; no more is to be read from the agent until it resolves. Rejects with `HeadframeError`
   * (invalid_argument) on one that has no place in a session.
   */
  async take(session: HostSession, message: AgentWord, durableRevision: number): Promise<void> {
    const { hostId } = session.identity;
    switch (message.case) {
      case 'heartbeat':
        this.#takeHeartbeat(session, message.sequence);
        return;
      case 'reports':
        await this.#intake.take(session, message.value.sequence, message.value.reports);
        return;
      case 'usage':
        this.#parts.board.setUsage({ hostId, ...message.value });
        return;
      case 'hostConditions': {
        const health = hostHealthFromWire(message.value);
        this.#parts.fleet.transact((tx) => {
          applyHostHealth(tx, hostId, health);
        });
        return;
      }
      case 'plotFolders': {
        const folders = plotFoldersFromWire(message.value.folders);
        this.#parts.fleet.transact((tx) => applyPlotFolders(tx, hostId, folders));
        return;
      }
      case 'snapshotRequest':
        this.#parts.logger.info({ host: hostId, reason: message.value.reason }, 'agent asks for a snapshot');
        session.sendSnapshot(durableRevision);
        return;
      case 'secretsRequest':
        this.#secrets.take(session, message.value);
        return;
      case undefined:
        // A newer agent's message that this coordinator does not know.
        return;
      case 'hello':
        throw unexpectedMessage();
    }
  }

  /** An answer renews the lease, so a host that was given up, if only a moment ago, gets none. */
  #takeHeartbeat(session: HostSession, sequence: number): void {
    const host = this.#parts.fleet.host(session.identity.hostId);
    if (host === undefined || host.state === 'lost') session.end(leaseExpired());
    else {
      session.ackHeartbeat(sequence, this.#parts.clock.nowMs());
      this.#tellCoordinators(session);
    }
  }

  /** Each with its own heartbeat, so that a fleet is not told at once. */
  #tellCoordinators(session: HostSession): void {
    const addresses = this.#parts.coordinators?.() ?? [];
    const told = this.#told.get(session);
    if (told === addresses || (told === undefined && addresses.length === 0)) return;
    this.#told.set(session, addresses);
    session.tellCoordinators(addresses);
  }
}
