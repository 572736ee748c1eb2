import { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { TunnelOrder } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { Logger } from '../../common/observe/logger.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import { HostLease } from '../../agent/session/host-lease.js';
import { Outbox } from '../../agent/session/outbox.js';
import { SessionLoop } from '../../agent/session/session-loop.js';
import { openAgentState } from '../../agent/state/agent-state.js';
import type { AgentState, HeldAssignments } from '../../agent/state/agent-state.js';
import { FakeCoordinator } from './fake-coordinator.js';
import type { FakeCoordinatorOptions } from './fake-coordinator.js';
import { ManualClock } from './manual-clock.js';
import { sampleHello } from './sample-hello.js';
import { makeTempDir } from './temp-dir.js';
import { systemClock } from '../../common/model/clock.js';

/** An agent's outer half against a fake coordinator on a real socket; time moves as the test says. */
export class SessionBench {
  readonly clock = new ManualClock();
  readonly coordinator: FakeCoordinator;
  readonly state: AgentState;
  readonly folder: string;
  readonly lease: HostLease;
  readonly loop: SessionLoop;
  readonly outbox = new Outbox<InstanceReport>();
  /** What was taken in, in order. */
  readonly assigned: HeldAssignments[] = [];
  readonly orders: TunnelOrder[] = [];
  /** Latest reports, as a reconciler would keep them. */
  readonly reports: InstanceReport[] = [];
  /** Levels and reasons that were logged. */
  readonly logged: string[] = [];
  leaseRenewals = 0;
  readonly #channel: Channel;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(coordinator: FakeCoordinator, state: AgentState, folder: string) {
    this.coordinator = coordinator;
    this.state = state;
    this.folder = folder;
    this.lease = new HostLease(this.clock, 'boot', undefined);
    this.#channel = new Channel({
      address: coordinator.address,
      security: { kind: 'plaintext' },
      clock: systemClock,
    });
    this.loop = this.#createLoop();
    this.#running = this.loop.run(this.#stop.signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#channel.close();
    await this.coordinator.close();
  }

  #createLoop(): SessionLoop {
    return new SessionLoop({
      client: createClient(AgentService, this.#channel),
      state: this.state,
      lease: this.lease,
      outbox: this.outbox,
      hello: () =>
        Promise.resolve(
          sampleHello('host-1', { epoch: this.state.held.epoch, assignmentRevision: this.state.held.revision }),
        ),
      reports: () => this.reports,
      onAssigned: (held) => this.assigned.push(held),
      onLeaseRenewed: () => (this.leaseRenewals += 1),
      onTunnelOrder: (order) => this.orders.push(order),
      onAccepted: () => undefined,
      random: () => 0,
      clock: this.clock,
      logger: this.#logger(),
    });
  }

  #logger(): Logger {
    const note = (level: string) => (fields: unknown) => {
      const reason = typeof fields === 'object' && fields !== null && 'reason' in fields ? fields.reason : '';
      this.logged.push(`${level} ${String(reason)}`);
    };
    const logger: Logger = { ...silentLogger, warn: note('warn'), error: note('error'), child: () => logger };
    return logger;
  }
}

/** Lends a bench with a session loop that has begun to connect. */
export async function withSession(
  use: (bench: SessionBench) => Promise<void>,
  options: FakeCoordinatorOptions = {},
): Promise<void> {
  await using dir = await makeTempDir();
  const setTimer = (): (() => void) => () => undefined;
  const state = await openAgentState(dir.path, { newHostId: 'host-1', setTimer, onFailure: () => undefined });
  const bench = new SessionBench(await FakeCoordinator.open(options), state, dir.path);
  try {
    await use(bench);
  } finally {
    await bench.close();
  }
}
