import { systemClock as clock } from '../common/model/clock.js';
import { CoordinatorRoute, addressesOf } from '../common/model/coordinator-route.js';
import type { Logger } from '../common/observe/logger.js';
import { AgentService } from '../common/gen/headframe/v1/agent_service_pb.js';
import { createClient } from '../common/rpc/index.js';
import type { Client } from '../common/rpc/index.js';
import { Agent } from './agent.js';
import type { ContentSource } from './builds/index.js';
import { Guarding } from './guard/index.js';
import { readHostFacts } from './host/index.js';
import type { AgentOptions } from './options.js';
import { openSecretFolder } from './secrets/index.js';
import { openChannel } from './open-channel.js';
import { openHostState } from './state/host-state.js';
import { openImageLedger } from './state/image-ledger.js';

/** A content of the largest size takes this long over 1 Mbit/s, about. */
const FETCH_MS = 3_600_000;

/** Opens the agent's state and its runtime; nothing runs before `run`. Throws `HeadframeError` for a damaged state. */
export async function openAgent(options: AgentOptions, logger: Logger): Promise<Agent> {
  const state = await openHostState(options.dataDir, {
    hostId: options.hostId,
    onFailure: (error) => {
      logger.error({ err: error }, 'the agent state cannot be written');
    },
  });
  // Engines run miners outside the agent's own cgroup, so the agent's limits are not theirs.
  const facts = await readHostFacts({ dataPath: options.dataDir, capacity: 'machine' });
  const parts = { options, state, facts, logger: logger.child({ host: state.hostId }) };
  const { secretsFolder } = options;
  const secrets = secretsFolder === undefined ? undefined : await openSecretFolder(secretsFolder, state.hostId);
  const ledger = await openImageLedger(options.dataDir);
  // A connection of its own, so that heartbeats never wait behind somebody's logs, or a module's content.
  const route = new CoordinatorRoute(addressesOf(options.coordinator), options.security.kind === 'mutual');
  route.learn(state.coordinators);
  const bulk = openChannel(options, route);
  const client = createClient(AgentService, bulk);
  const guarding = await Guarding.open({
    unguarded: options.unguarded,
    dataDir: options.dataDir,
    bootId: facts.bootId,
    lease: state.lease,
    runtime: options.openRuntime(
      state.hostId,
      (imageId, reference) => {
        ledger.noteBrought(imageId, reference, clock.nowMs());
      },
      contentsOf(client, state.hostId),
    ),
    clock,
    logger: parts.logger,
  });
  return new Agent({ ...parts, secrets, ledger, guarding, bulk, route, runtime: guarding.runtime });
}

function contentsOf(client: Client<typeof AgentService>, hostId: string): ContentSource {
  return {
    fetch: async function* (digest, signal) {
      for await (const { data } of client.fetchContent({ hostId, digest }, { signal, timeoutMs: FETCH_MS })) yield data;
    },
  };
}
