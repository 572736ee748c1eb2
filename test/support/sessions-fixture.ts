import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import { RpcServer } from '../../common/rpc/index.js';
import { openFleet } from '../../coordinator/fleet/index.js';
import type { Fleet } from '../../coordinator/fleet/index.js';
import { LiveBoard, LivenessWatch, Sessions } from '../../coordinator/sessions/index.js';
import { FakeAgent } from './fake-agent.js';
import type { FakeAgentOptions } from './fake-agent.js';
import { MemoryStore } from './memory-store.js';

/** The agents' side of a coordinator on a real socket, with nothing that places or replaces. */
export interface SessionsFixture {
  readonly address: string;
  readonly store: MemoryStore;
  readonly fleet: Fleet;
  readonly board: LiveBoard;
  readonly sessions: Sessions;
  /** Connects a fake agent that is closed with the fixture. */
  connect(hostId: string, options?: FakeAgentOptions): Promise<FakeAgent>;
  /** Begins to connect one. */
  dial(hostId: string, options?: FakeAgentOptions): FakeAgent;
  /** Gives whoever yields no turn until the answer is called. */
  holdTurns(): () => void;
  close(): Promise<void>;
}

/** Serves agents on a free port of 127.0.0.1, with short heartbeats and a lease of a second. */
export async function openSessionsFixture(): Promise<SessionsFixture> {
  const clock = systemClock;
  const store = new MemoryStore();
  const fleet = await openFleet(store, { clock });
  const terms = { heartbeatPeriodMs: 100, leaseMs: 1000, usagePeriodMs: 1000, coordinatorVersion: 'test' };
  const board = new LiveBoard();
  const liveness = new LivenessWatch(
    { fleet, clock },
    { ...terms, massLoss: { share: 1, minHosts: 3, windowMs: 60_000 } },
  );
  let turns = Promise.resolve();
  const parts = {
    fleet,
    board,
    liveness,
    clock,
    newId: randomUUID,
    logger: silentLogger,
    yieldTurn: async () => {
      await setImmediate();
      await turns;
    },
    isPlacing: () => false,
    contents: {
      fetch: () => {
        throw new Error('no contents here');
      },
    },
  };
  const sessions = new Sessions(parts, terms);
  const server = new RpcServer({ clock, newRequestId: randomUUID, onUnforeseen: () => undefined });
  const address = await server.add(AgentService, sessions.service()).listen('127.0.0.1:0', { kind: 'plaintext' });
  const stop = new AbortController();
  const watching = liveness.start(stop.signal);
  const agents: FakeAgent[] = [];
  const keep = (agent: FakeAgent): FakeAgent => {
    agents.push(agent);
    return agent;
  };
  const close = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.close()));
    await server.shutdown(0);
    stop.abort();
    await watching;
  };
  const dial = (hostId: string, options?: FakeAgentOptions): FakeAgent => keep(new FakeAgent(address, hostId, options));
  const connect = async (hostId: string, options?: FakeAgentOptions): Promise<FakeAgent> =>
    keep(await FakeAgent.connect(address, hostId, options));
  const holdTurns = (): (() => void) => {
    let goOn = (): void => undefined;
    turns = new Promise((resolve) => (goOn = resolve));
    return goOn;
  };
  return { address, store, fleet, board, sessions, connect, dial, holdTurns, close };
}
