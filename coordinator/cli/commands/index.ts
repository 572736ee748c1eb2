import type { Registrar } from '../runner.js';
import { addAgent } from './agent.js';
import { addAlerts } from './alerts.js';
import { addApply } from './apply.js';
import { addAudit } from './audit.js';
import { addAuthority } from './authority.js';
import { addChallenge, addScores } from './challenges.js';
import { addCompletion } from './completion.js';
import { addContexts } from './contexts.js';
import { addCoordinator } from './coordinator.js';
import { addCredentials } from './credentials.js';
import { addDelete } from './delete.js';
import { addDiff } from './diff.js';
import { addEvents } from './events.js';
import { addHosts } from './hosts.js';
import { addInstances } from './instances.js';
import { addIntents } from './intents.js';
import { addLeases } from './leases.js';
import { addLogin, addWhoAmI } from './login.js';
import { addMachines } from './machines.js';
import { addMiners } from './miners.js';
import { addModels } from './models.js';
import { addModules } from './modules.js';
import { addNamespaces } from './namespaces.js';
import { addLeaseAccess } from './lease-access.js';
import { addNetworks } from './networks.js';
import { addPlan } from './plan.js';
import { addPlots } from './plots.js';
import { addRebalance } from './rebalance.js';
import { addHotkeyCalls, addSubnets } from './registrations.js';
import { addRewards } from './rewards.js';
import { addSecrets } from './secrets.js';
import { addSpace } from './space.js';
import { addStake } from './stake.js';
import { addStatus } from './status.js';
import { addStore } from './store.js';
import { addTokens } from './tokens.js';
import { addTop } from './top.js';
import { addVersion } from './version.js';
import { addWallets } from './wallets.js';

/** All commands in the order in which help and docs/cli.md show them. */
export const COMMANDS: readonly Registrar[] = [
  addApply,
  addPlan,
  addDiff,
  addDelete,
  addMiners,
  addModules,
  addModels,
  addInstances,
  addHosts,
  addMachines,
  addPlots,
  addChallenge,
  addScores,
  addNamespaces,
  addRebalance,
  addLeases,
  addLeaseAccess,
  addSecrets,
  addWallets,
  addNetworks,
  addRewards,
  addIntents,
  addSubnets,
  addHotkeyCalls,
  addStake,
  addTokens,
  addCredentials,
  addLogin,
  addWhoAmI,
  addAuthority,
  addEvents,
  addAudit,
  addTop,
  addStatus,
  addCoordinator,
  addAgent,
  addSpace,
  addAlerts,
  addStore,
  addContexts,
  addCompletion,
  addVersion,
];
