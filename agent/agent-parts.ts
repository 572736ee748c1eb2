import type { CoordinatorRoute } from '../common/model/coordinator-route.js';
import type { Logger } from '../common/observe/logger.js';
import type { Channel } from '../common/rpc/index.js';
import type { InstanceReport } from '../common/wire/agent.js';
import type { Guarding } from './guard/index.js';
import type { HostFacts } from './host/index.js';
import type { UsageSample } from './host/usage-loop.js';
import type { AgentOptions } from './options.js';
import type { Runtime } from './runtime/runtime.js';
import type { KeptSecrets } from './secrets/index.js';
import type { AgentState } from './state/agent-state.js';
import type { ImageLedger } from './state/image-ledger.js';

/** How an agent stands. */
export interface AgentStatus {
  readonly hostId: string;
  /** Process id of the agent. */
  readonly pid: number;
  readonly version: string;
  readonly coordinator: string;
  readonly connected: boolean;
  readonly epoch: number;
  readonly instances: readonly InstanceReport[];
  readonly usage: UsageSample | undefined;
}

/** The parts an agent is made of. */
export interface AgentParts {
  readonly options: AgentOptions;
  readonly state: AgentState;
  readonly facts: HostFacts;
  readonly runtime: Runtime;
  readonly guarding: Guarding;
  /** Where secrets go; undefined where no container can be given any. */
  readonly secrets: KeptSecrets | undefined;
  readonly ledger: ImageLedger;
  /** To the coordinator that leads. */
  readonly route: CoordinatorRoute;
  /** The connection for what is large. */
  readonly bulk: Channel;
  readonly logger: Logger;
}
