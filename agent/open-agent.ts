import { systemClock as clock } from '../common/model/clock.js';
import type { Logger } from '../common/observe/logger.js';
import { Agent } from './agent.js';
import { Guarding } from './guard/index.js';
import { readHostFacts } from './host/index.js';
import type { AgentOptions } from './options.js';
import { openSecretFolder } from './secrets/index.js';
import { openHostState } from './state/host-state.js';
import { openImageLedger } from './state/image-ledger.js';

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
  const guarding = await Guarding.open({
    unguarded: options.unguarded,
    dataDir: options.dataDir,
    bootId: facts.bootId,
    lease: state.lease,
    runtime: options.openRuntime(state.hostId, (imageId, reference) => {
      ledger.noteBrought(imageId, reference, clock.nowMs());
    }),
    clock,
    logger: parts.logger,
  });
  return new Agent({ ...parts, secrets, ledger, guarding, runtime: guarding.runtime });
}
