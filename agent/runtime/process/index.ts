import { join } from 'node:path';
import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import { ProcessRuntime } from './process-runtime.js';

/** How the process runtime is opened. */
export interface ProcessRuntimeSettings {
  /** Instances of other host ids in the same folder are never seen. */
  readonly hostId: string;
  /** Folder for the instances' specs, traces and logs; made when missing. */
  readonly stateDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Opens the runtime that runs instances as plain, unwalled processes. Under systemd the agent's unit needs
 * `KillMode=process`, or a restart of the agent ends them all.
 */
export function openProcessRuntime({ hostId, stateDir, logger, clock }: ProcessRuntimeSettings): ProcessRuntime {
  return new ProcessRuntime({ hostId, root: join(stateDir, encodeURIComponent(hostId)), logger, clock });
}
