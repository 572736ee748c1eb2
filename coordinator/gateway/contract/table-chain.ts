import type { IntentService } from '../../../common/gen/headframe/v1/intent_service_pb.js';
import type { ModuleService } from '../../../common/gen/headframe/v1/module_service_pb.js';
import type { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import type { RegistrationService } from '../../../common/gen/headframe/v1/registration_service_pb.js';
import type { RewardsService } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import type { StakeService } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { WATCHED } from './binding.js';
import type { Bindings, Unbound } from './binding.js';

const PAID: Unbound = { unbound: 'it signs or pays on a chain: the command headframe asks for it over gRPC' };
const FILES: Unbound = { unbound: 'a package is a file: headframe module package and module install carry it' };
const network = '/v1/networks/:name';
const subnet = '/v1/networks/:network/subnets/:netuid';
const policy = '/v1/stake-policies/:name';

/** Chains. */
export const NETWORKS: Bindings<typeof NetworkService> = {
  addNetwork: { verb: 'POST', path: '/v1/networks', summary: 'Adds a network' },
  listNetworks: { verb: 'GET', path: '/v1/networks', summary: 'Lists networks' },
  watchNetworks: WATCHED,
  getNetwork: { verb: 'GET', path: network, summary: 'Shows a network' },
  removeNetwork: { verb: 'DELETE', path: network, summary: 'Removes a network' },
  listSubnets: { verb: 'GET', path: '/v1/networks/:network/subnets', summary: 'Lists the subnets of a network' },
  getMetagraph: { verb: 'GET', path: `${subnet}/metagraph`, summary: 'Shows who is in a subnet' },
  getBalance: { verb: 'GET', path: '/v1/networks/:network/balances/:address', summary: 'Shows a balance' },
};

/** Places in subnets. */
export const REGISTRATION: Bindings<typeof RegistrationService> = {
  createSubnet: PAID,
  registerHotkey: PAID,
  serveEndpoint: PAID,
  setWeights: PAID,
  getHotkeyStanding: { verb: 'GET', path: `${subnet}/hotkeys/:hotkey`, summary: 'Shows how a hotkey stands' },
};

/** What was earned. */
export const REWARDS: Bindings<typeof RewardsService> = {
  listRewards: { verb: 'POST', path: '/v1/rewards/totals', summary: 'Lists what was earned; changes nothing' },
  listRewardEntries: { verb: 'POST', path: '/v1/rewards/entries', summary: 'Lists each reward; changes nothing' },
  listFollowedSubnets: { verb: 'GET', path: '/v1/followed-subnets', summary: 'Lists subnets whose rewards are read' },
  followSubnet: { verb: 'POST', path: `${subnet}/follow`, summary: 'Reads the rewards of a subnet, or no more' },
};

/** What is staked. */
export const STAKE: Bindings<typeof StakeService> = {
  listStake: { verb: 'GET', path: '/v1/stake', summary: 'Lists what is staked' },
  addStake: PAID,
  removeStake: PAID,
  moveStake: PAID,
  withdrawStake: PAID,
  nominate: PAID,
  setStakePolicy: { verb: 'POST', path: '/v1/stake-policies', summary: 'Sets what stake is to be kept' },
  listStakePolicies: { verb: 'GET', path: '/v1/stake-policies', summary: 'Lists stake policies' },
  getStakePolicy: { verb: 'GET', path: policy, summary: 'Shows a stake policy' },
  removeStakePolicy: { verb: 'DELETE', path: policy, summary: 'Removes a stake policy' },
  planStakePolicy: { verb: 'GET', path: `${policy}/plan`, summary: 'Tells what a stake policy would do now' },
};

/** Calls that pay, from their wish to their end. */
export const INTENTS: Bindings<typeof IntentService> = {
  listIntents: { verb: 'GET', path: '/v1/intents', summary: 'Lists paying calls' },
  getIntent: { verb: 'GET', path: '/v1/intents/:id', summary: 'Shows a paying call' },
  abandonIntent: { verb: 'POST', path: '/v1/intents/:id/abandon', summary: 'Gives up a paying call' },
};

/** The registry of modules. */
export const MODULES: Bindings<typeof ModuleService> = {
  addModule: { verb: 'POST', path: '/v1/modules', summary: 'Adds a module by its repository' },
  suggestModules: { verb: 'GET', path: '/v1/module-suggestions', summary: 'Suggests modules by what subnets tell' },
  getModule: { verb: 'GET', path: '/v1/modules/:name', summary: 'Shows a module' },
  listModules: { verb: 'GET', path: '/v1/modules', summary: 'Lists modules' },
  refreshModule: { verb: 'POST', path: '/v1/modules/:name/refresh', summary: 'Looks for a newer commit' },
  verifyModule: { verb: 'POST', path: '/v1/modules/:name/verify', summary: 'Checks a module by the rules' },
  removeModule: { verb: 'DELETE', path: '/v1/modules/:name', summary: 'Removes a module' },
  packageModule: FILES,
  installModule: FILES,
  listModuleSigners: { verb: 'GET', path: '/v1/module-signers', summary: 'Lists whose packages are taken' },
  trustModuleSigner: { verb: 'POST', path: '/v1/module-signers', summary: 'Takes packages of a signer' },
  removeModuleSigner: { verb: 'DELETE', path: '/v1/module-signers/:name', summary: 'Takes no more of them' },
};
