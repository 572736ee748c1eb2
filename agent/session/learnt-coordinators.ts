import { isAddress } from '../../common/model/address.js';
import type { CoordinatorRoute } from '../../common/model/coordinator-route.js';
import type { Logger } from '../../common/observe/logger.js';
import type { AgentState } from '../state/agent-state.js';

/** What learning of coordinators works with. */
export interface LearningParts {
  readonly state: Pick<AgentState, 'coordinators' | 'setCoordinators'>;
  readonly route: Pick<CoordinatorRoute, 'learn'>;
  readonly logger: Pick<Logger, 'info'>;
}

/** As many as may share a store. */
const MOST_ADDRESSES = 32;

/** Takes where coordinators are from one that has proven itself, for this run and the next ones; what is no address is left out. */
export function learnCoordinators({ state, route, logger }: LearningParts, told: readonly string[]): void {
  const addresses = told.filter((address) => isAddress(address, 1)).slice(0, MOST_ADDRESSES);
  route.learn(addresses);
  if (addresses.join() === state.coordinators.join()) return;
  state.setCoordinators(addresses);
  logger.info({ coordinators: addresses }, 'the coordinators of the fleet');
}
