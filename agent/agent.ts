import { randomUUID } from 'node:crypto';
import { AgentService } from '../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../common/model/clock.js';
import { toHeadframeError } from '../common/model/error.js';
import { createClient } from '../common/rpc/index.js';
import type { Channel } from '../common/rpc/index.js';
import type { AgentHello, InstanceReport } from '../common/wire/agent.js';
import { usageToWire } from '../common/wire/agent.js';
import { ChallengeDesk } from './challenge/index.js';
import { HealthChecks } from './health/health-checks.js';
import { HttpReadings } from './readings/http-readings.js';
import { describeHost } from './hello.js';
import { HostCare } from './host-care.js';
import { Renewal } from './identity/index.js';
import { TermWatch } from './kinds/lease/term-watch.js';
import { LeaseCare } from './lease-care.js';
import { KnownRuntime } from './known-runtime.js';
import { openChannel } from './open-channel.js';
import type { AgentParts, AgentStatus } from './agent-parts.js';
import { UsageLoop } from './host/usage-loop.js';
import type { UsageSample } from './host/usage-loop.js';
import { EngineWatch } from './reconcile/engine-watch.js';
import { Reconciler } from './reconcile/reconciler.js';
import { onAbort } from './runtime/on-abort.js';
import type { ObservedInstance } from './runtime/runtime.js';
import { HostSecrets } from './secrets/index.js';
import type { KeptSecrets } from './secrets/index.js';
import { dialPort } from './session/dial-port.js';
import { HostLease } from './session/host-lease.js';
import { Outbox } from './session/outbox.js';
import { SessionLoop } from './session/session-loop.js';
import { TunnelServer } from './session/tunnel-server.js';
import { watchLeases } from './watch-leases.js';

const DEFAULT_USAGE_PERIOD_MS = 10_000;

const clock = systemClock;

/** The process on a host: one session to the coordinator, one reconciler, one runtime. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #runId = randomUUID();
  readonly #outbox = new Outbox<InstanceReport>();
  readonly #lease: HostLease;
  readonly #terms: TermWatch;
  readonly #health: HealthChecks;
  readonly #readings: HttpReadings;
  readonly #usage: UsageLoop;
  readonly #reconciler: Reconciler;
  readonly #sessions: SessionLoop;
  readonly #tunnels: TunnelServer;
  /** What is done for the host's sake, and what came of it. */
  readonly care: HostCare;
  readonly #control: Channel;
  readonly #known: KnownRuntime;
  readonly #secrets: HostSecrets | undefined;
  readonly #renewal: Renewal;
  #usagePeriodMs: number;

  constructor(parts: AgentParts) {
    const { options, state, facts, runtime, logger } = parts;
    this.#parts = parts;
    this.#usagePeriodMs = options.usagePeriodMs ?? DEFAULT_USAGE_PERIOD_MS;
    this.#known = new KnownRuntime(runtime, options.runtimeKind, logger);
    this.#lease = new HostLease(clock, facts.bootId, state.lease);
    const touch = (serial: number): void => {
      this.#reconciler.touch(serial);
    };
    this.#terms = new TermWatch({ state, clock, bootId: facts.bootId, onOver: touch });
    this.#health = new HealthChecks({ runtime, clock, onChange: touch });
    this.#readings = new HttpReadings({ clock, periodMs: () => this.#usagePeriodMs });
    this.#usage = new UsageLoop({
      dataPath: options.dataDir,
      readingsOf: (serial) => this.#readings.of(serial),
      onSample: (sample) => {
        this.#sendUsage(sample);
      },
      clock,
      logger,
    });
    this.#secrets = parts.secrets && this.#createSecrets(parts.secrets);
    this.#reconciler = new Reconciler({
      runtime,
      state,
      secrets: this.#secrets,
      health: this.#health,
      lease: this.#lease,
      terms: this.#terms,
      onReport: (report) => {
        this.#sessions.report(report);
      },
      onObserved: (serial, observed) => {
        this.#followUsage(serial, observed);
        if (!parts.guarding.follow(this.#reconciler.assignment(serial), observed)) this.#sessions.renew();
      },
      clock,
      logger,
    });
    this.#control = openChannel(options, parts.route);
    this.#tunnels = new TunnelServer({
      client: createClient(AgentService, parts.bulk),
      hostId: state.hostId,
      runtime,
      dial: (serial, containerPort, signal) =>
        dialPort({ assignment: this.#reconciler.assignment(serial), containerPort, runtime }, signal),
      plots: (order) => this.care.plots.serve(order),
      challenges: new ChallengeDesk({
        ...{ ...options, hostId: state.hostId, openProver: runtime.openProver },
        assignmentOf: (serial) => this.#reconciler.assignment(serial),
      }),
      ...{ clock, logger },
    });
    this.#renewal = new Renewal({ ...options, coordinator: parts.route, hostId: state.hostId, clock, logger });
    this.#sessions = this.#createSessions();
    this.care = this.#createCare();
  }

  get hostId(): string {
    return this.#parts.state.hostId;
  }

  status(): AgentStatus {
    const { options, state } = this.#parts;
    return {
      hostId: state.hostId,
      pid: process.pid,
      version: options.version,
      coordinator: this.#parts.route.current,
      connected: this.#sessions.connected,
      epoch: state.held.epoch,
      instances: this.#reconciler.reports(),
      usage: this.#usage.latest,
    };
  }

  /** Works until the signal, then lets go of everything but the containers, which go on. Rejects for a defect of ours. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, options } = this.#parts;
    logger.info({ coordinator: options.coordinator, version: options.version }, 'agent started');
    const life = new AbortController();
    const end = (): void => {
      life.abort();
    };
    const letGo = onAbort(signal, end);
    if (signal.aborted) end();
    // None of them ends before the signal but by a defect, and then the others must not go on as if nothing were.
    const loops = await Promise.allSettled(this.#loops(life.signal).map((loop) => loop.finally(end)));
    letGo();
    await this.#close();
    for (const loop of loops) if (loop.status === 'rejected') throw toHeadframeError(loop.reason);
    logger.info('agent stopped; what it runs goes on');
  }

  #createSecrets(kept: KeptSecrets): HostSecrets {
    const { runtime, logger } = this.#parts;
    return new HostSecrets({
      ...kept,
      runtime,
      send: (asked) => this.#sessions.current?.askSecrets(asked) ?? false,
      onChange: (serial) => {
        this.#reconciler.touch(serial);
      },
      clock,
      logger,
    });
  }

  #followSecrets(): void {
    this.#secrets?.follow(this.#parts.state.held.assignments, (serial) => this.#reconciler.mayRun(serial));
  }

  #loops(signal: AbortSignal): Promise<void>[] {
    const { runtime, guarding, state, logger } = this.#parts;
    const leases = new LeaseCare({ runtime, state, held: () => this.#reconciler.heldSerials(), logger });
    const onListed = (): void => {
      this.#followSecrets();
      leases.look(signal);
      // The coordinator was told of a host whose engine nothing was known of.
      if (!this.#known.hasAnswered) this.#sessions.renew();
    };
    const engine = new EngineWatch({ runtime, reconciler: this.#reconciler, onListed, clock, logger });
    return [
      engine.run(signal),
      this.#sessions.run(signal),
      this.#usage.run(() => this.#usagePeriodMs, signal),
      watchLeases({ lease: this.#lease, terms: this.#terms, reconciler: this.#reconciler, clock }, signal),
      ...this.care.loops(signal),
      ...this.#renewal.loops(signal),
      // Without a guard there is nothing to look after.
      ...(guarding.capabilities.length === 0 ? [] : [guarding.run(signal)]),
    ];
  }

  /** From intake to store. */
  async #close(): Promise<void> {
    await this.#tunnels.close();
    this.#health.close();
    this.#readings.close();
    this.care.close();
    await this.#reconciler.close();
    await this.#secrets?.close();
    this.#control.close();
    this.#parts.bulk.close();
    await this.#parts.runtime.close();
    await this.#parts.guarding.close();
    await this.#parts.state.close();
  }

  #createSessions(): SessionLoop {
    const { options, state, logger } = this.#parts;
    return new SessionLoop({
      client: createClient(AgentService, this.#control),
      state,
      lease: this.#lease,
      outbox: this.#outbox,
      hello: () => this.#hello(),
      reports: () => this.#reconciler.reports(),
      onAssigned: (held) => {
        this.#reconciler.assign(held);
        this.#followSecrets();
      },
      onLeaseRenewed: (lease) => {
        this.#parts.guarding.renew(lease);
        this.#reconciler.touchExclusive();
      },
      onSecrets: (word) => {
        this.#secrets?.take(word);
      },
      onLeaseTerms: (terms) => {
        this.#terms.take(terms);
      },
      onTunnelOrder: (order) => {
        this.#tunnels.open(order);
      },
      onAccepted: (terms) => {
        this.#usagePeriodMs = options.usagePeriodMs ?? terms.usagePeriodMs;
        this.#secrets?.sessionBegan();
        // A coordinator that has only just started would have no figures until the next sample.
        this.#sendUsage(this.#usage.latest);
        this.care.tellAll();
      },
      onClock: (sample) => {
        this.care.compareClock(sample);
      },
      onHostOrder: (order) => {
        this.#renewal.order(order);
        this.care.order(order);
      },
      route: this.#parts.route,
      random: options.random,
      clock,
      logger,
    });
  }

  #createCare(): HostCare {
    const { options, facts, ...parts } = this.#parts;
    return new HostCare({
      ...parts,
      ...{ config: options.care, plots: options.plots },
      dataDir: options.dataDir,
      bootId: facts.bootId,
      running: () => this.#reconciler.reports().flatMap(({ state, serial }) => (state === 'running' ? [serial] : [])),
      restartInstance: (serial, text) => {
        this.#health.condemn(serial, text);
      },
      send: (health) => this.#sessions.current?.sendHostHealth(health) ?? false,
      sendPlotFolders: (folders) => this.#sessions.current?.sendPlotFolders(folders) ?? false,
      clock,
    });
  }

  async #hello(): Promise<AgentHello> {
    const { options, state, facts, guarding } = this.#parts;
    const described = describeHost(options, facts, await this.#known.ask());
    return {
      ...described,
      capabilities: [...described.capabilities, ...guarding.capabilities, ...this.care.capabilities],
      hostId: state.hostId,
      agentRunId: this.#runId,
      held: this.#reconciler.heldSerials(),
      epoch: state.held.epoch,
      assignmentRevision: state.held.revision,
    };
  }

  #sendUsage(sample: UsageSample | undefined): void {
    if (sample) this.#sessions.current?.sendUsage(usageToWire(sample));
  }

  #followUsage(serial: number, observed: ObservedInstance | undefined): void {
    const assignment = this.#reconciler.assignment(serial);
    if (assignment === undefined) this.#readings.forget(serial);
    else this.#readings.follow(assignment, observed);
    const network = assignment?.workload.container.network !== 'host';
    this.#usage.follow(serial, observed?.status === 'running' ? observed.pid : 0, { network });
  }
}
