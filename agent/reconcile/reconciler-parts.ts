import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { HealthChecks } from '../health/health-checks.js';
import type { ObservedInstance, Runtime } from '../runtime/runtime.js';
import type { HostSecrets } from '../secrets/index.js';
import type { AgentState } from '../state/agent-state.js';

/** The parts a reconciler works with. */
export interface ReconcilerParts {
  readonly runtime: Runtime;
  readonly state: Pick<AgentState, 'held' | 'record' | 'saved' | 'serials' | 'setRecord'>;
  readonly health: HealthChecks;
  /** What instances wait for before they start; undefined where no secrets can be given. */
  readonly secrets?: Pick<HostSecrets, 'standing' | 'beforeStart'> | undefined;
  readonly lease: {
    /** Whether an instance that takes this long to stop may run. */
    isHeldFor(graceMs: number): boolean;
    leftMs(): number;
  };
  /** Which leases have come to the end of their term; none when left out. */
  readonly terms?: { isOver(serial: number): boolean } | undefined;
  /** Told of each change of an instance's standing. */
  readonly onReport: (report: InstanceReport) => void;
  /** Told when a container began or ended to run, for the metric readers. */
  readonly onObserved: (serial: number, observed: ObservedInstance | undefined) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}
