import type { InstanceReports, SessionRequest } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { hostHealthFromWire, instanceReportFromWire, usageFromWire } from '../../common/wire/agent.js';
import type { FleetPort } from '../fleet/port.js';
import { applyHostHealth } from './host-health.js';
import type { HostSession } from './host-session.js';
import type { LiveBoard } from './live-board.js';
import { applyReports } from './reports.js';
import type { ReportVerdict } from './reports.js';
import { leaseExpired, unexpectedMessage } from './session-errors.js';

/** The parts that messages of agents go to. */
interface InboxParts {
  readonly fleet: FleetPort;
  readonly board: LiveBoard;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes what agents say in their sessions to where it belongs. */
export class SessionInbox {
  readonly #parts: InboxParts;
  readonly #reportCounts = new Map<ReportVerdict, number>();

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Reports since the start, by what became of them. */
  get reportCounts(): ReadonlyMap<ReportVerdict, number> {
    return this.#reportCounts;
  }

  /** Takes one message. Throws `HeadframeError` (invalid_argument) on one that has no place in a session. */
  take(session: HostSession, message: SessionRequest['message'], durableRevision: number): void {
    const { hostId } = session.identity;
    switch (message.case) {
      case 'heartbeat':
        this.#takeHeartbeat(session, message.value.sequence);
        return;
      case 'reports':
        this.#takeReports(session, message.value);
        return;
      case 'usage':
        this.#parts.board.setUsage({ hostId, ...usageFromWire(message.value) });
        return;
      case 'hostConditions': {
        const health = hostHealthFromWire(message.value);
        this.#parts.fleet.transact((tx) => {
          applyHostHealth(tx, hostId, health);
        });
        return;
      }
      case 'snapshotRequest':
        this.#parts.logger.info({ host: hostId, reason: message.value.reason }, 'agent asks for a snapshot');
        session.sendSnapshot(durableRevision);
        return;
      case 'hello':
      case undefined:
        throw unexpectedMessage();
    }
  }

  /** An answer renews the lease, so a host that was given up, if only a moment ago, gets none. */
  #takeHeartbeat(session: HostSession, sequence: bigint): void {
    const host = this.#parts.fleet.host(session.identity.hostId);
    if (host === undefined || host.state === 'lost') session.end(leaseExpired());
    else session.ackHeartbeat(sequence, this.#parts.clock.nowMs());
  }

  #takeReports(session: HostSession, message: InstanceReports): void {
    const { fleet, board, logger } = this.#parts;
    const { hostId } = session.identity;
    const reports = message.reports.map(instanceReportFromWire);
    const { value: counts, durable } = fleet.transact((tx) => applyReports(tx, hostId, reports));
    for (const { serial, progress } of reports)
      if (fleet.instance(serial)?.hostId === hostId) board.setProgress(serial, progress);
    for (const [verdict, count] of counts)
      this.#reportCounts.set(verdict, (this.#reportCounts.get(verdict) ?? 0) + count);
    const strays = (counts.get('foreign') ?? 0) + (counts.get('unknown') ?? 0);
    if (strays > 0) logger.warn({ host: hostId, count: strays }, 'reports of instances that are not assigned here');
    void durable.then(
      () => {
        session.ackReports(message.sequence);
      },
      // The store has failed for good: the coordinator is ending, and the agent will tell its successor.
      () => undefined,
    );
  }
}
