import type { ChallengeDesk } from '../../agent/challenge/index.js';
import { HostLease } from '../../agent/session/host-lease.js';
import { Outbox } from '../../agent/session/outbox.js';
import { SessionLoop } from '../../agent/session/session-loop.js';
import { TunnelServer } from '../../agent/session/tunnel-server.js';
import type { Runtime } from '../../agent/runtime/runtime.js';
import { openAgentState } from '../../agent/state/agent-state.js';
import type { AgentState, HeldAssignments } from '../../agent/state/agent-state.js';
import { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Certificates } from '../../common/rpc/index.js';
import { securityBy } from './host-certificates.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import { sampleHello } from './sample-hello.js';
import { sampleReport } from './sample-report.js';

/** Which host it serves, and what its instances print; nothing unless told. */
export interface ObedientOptions {
  readonly hostId: string;
  readonly logs?: Runtime['logs'];
  /** Who answers challenges; nobody unless told. */
  readonly challenges?: Pick<ChallengeDesk, 'serve'>;
  /** By which it proves itself; without any it speaks in clear. */
  readonly certificates?: Certificates;
}

/** The agent's real session, tunnels, state and outbox over a real socket; what it is told to run, runs in its word alone. */
export class ObedientSession {
  readonly state: AgentState;
  /** Serials that were started, each time they were. */
  readonly started: number[] = [];
  readonly #reports = new Map<number, InstanceReport>();
  readonly #channel: Channel;
  readonly #loop: SessionLoop;
  readonly #tunnels: TunnelServer;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(state: AgentState, address: string, { hostId, logs, certificates, challenges }: ObedientOptions) {
    this.state = state;
    this.#channel = new Channel({ address, security: securityBy(certificates), clock: systemClock });
    const exec = (): Promise<never> => Promise.reject(new Error('nothing is run here'));
    const runtime = { logs: logs ?? noLogs, exec };
    const client = createClient(AgentService, this.#channel);
    const parts = {
      client,
      hostId,
      runtime,
      dial: exec,
      challenges: challenges ?? { serve: exec },
      plots: exec,
      clock: systemClock,
      logger: silentLogger,
    };
    this.#tunnels = new TunnelServer(parts);
    this.#loop = new SessionLoop({
      client,
      state,
      lease: new HostLease(systemClock, 'boot', undefined),
      outbox: new Outbox<InstanceReport>(),
      hello: () => {
        const { epoch, revision } = state.held;
        return Promise.resolve(sampleHello(hostId, { epoch, assignmentRevision: revision }));
      },
      reports: () => [...this.#reports.values()],
      onAssigned: (held) => {
        this.#obey(held);
      },
      onLeaseRenewed: () => undefined,
      onTunnelOrder: (order) => {
        this.#tunnels.open(order);
      },
      onAccepted: () => undefined,
      random: Math.random,
      clock: systemClock,
      logger: silentLogger,
    });
    this.#running = this.#loop.run(this.#stop.signal);
  }

  /** Opens one whose state lies in a folder. */
  static async open(folder: string, address: string, options: ObedientOptions): Promise<ObedientSession> {
    const setTimer = (): (() => void) => () => undefined;
    const state = await openAgentState(folder, { newHostId: options.hostId, setTimer, onFailure: () => undefined });
    return new ObedientSession(state, address, options);
  }

  /** Serials that run now, in order. */
  get running(): number[] {
    const running = [...this.#reports].filter(([, { state }]) => state === 'running');
    return running.map(([serial]) => serial).toSorted((a, b) => a - b);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#tunnels.close();
    this.#channel.close();
  }

  #obey({ assignments }: HeldAssignments): void {
    const held = new Set(assignments.map(({ serial }) => serial));
    for (const serial of this.#reports.keys()) if (!held.has(serial)) this.#reports.delete(serial);
    for (const { serial, stop } of assignments) {
      const known = this.#reports.get(serial)?.state;
      if (stop !== undefined && known !== 'stopped')
        this.#say(sampleReport(serial, { state: 'stopped', reason: stop.reason, exitCode: 0 }));
      else if (stop === undefined && known === undefined) {
        this.started.push(serial);
        this.#say(sampleReport(serial));
      }
    }
  }

  #say(report: InstanceReport): void {
    this.#reports.set(report.serial, report);
    this.#loop.report(report);
  }
}

async function* noLogs(): AsyncGenerator<never, void, undefined> {
  // Nothing is printed.
}
