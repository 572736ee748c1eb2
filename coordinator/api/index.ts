import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import { ChallengeService } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { IntentService } from '../../common/gen/headframe/v1/intent_service_pb.js';
import { LeaseService } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { LeaseAccessService } from '../../common/gen/headframe/v1/lease_access_service_pb.js';
import { ModelScoreService } from '../../common/gen/headframe/v1/model_score_service_pb.js';
import { ModelService } from '../../common/gen/headframe/v1/model_service_pb.js';
import { ModuleService } from '../../common/gen/headframe/v1/module_service_pb.js';
import { NetworkService } from '../../common/gen/headframe/v1/network_service_pb.js';
import { PlotService } from '../../common/gen/headframe/v1/plot_service_pb.js';
import { RegistrationService } from '../../common/gen/headframe/v1/registration_service_pb.js';
import { RewardsService } from '../../common/gen/headframe/v1/rewards_service_pb.js';
import { SecretService } from '../../common/gen/headframe/v1/secret_service_pb.js';
import { StakeService } from '../../common/gen/headframe/v1/stake_service_pb.js';
import { WalletService } from '../../common/gen/headframe/v1/wallet_service_pb.js';
import type { RpcServer } from '../../common/rpc/index.js';
import { accessService } from './access-service.js';
import { challengeService } from './challenge-service.js';
import { fleetService } from './fleet-service.js';
import { hostService } from './host-service.js';
import { intentService } from './intent-service.js';
import { leaseService } from './lease-service.js';
import { leaseAccessService } from './lease-access-service.js';
import { modelScoreService } from './model-score-service.js';
import { modelService } from './model-service.js';
import { moduleService } from './module-service.js';
import { networkService } from './network-service.js';
import type { ApiParts } from './parts.js';
import { plotService } from './plot-service.js';
import { registrationService } from './registration-service.js';
import { rewardsService } from './rewards-service.js';
import { Scopes } from './scope.js';
import { secretService } from './secret-service.js';
import { stakeService } from './stake-service.js';
import { Views } from './views.js';
import { walletService } from './wallet-service.js';

export { addAuditService } from './audit-service.js';
export type { ApiParts } from './parts.js';

/** Adds the services that clients call; before `listen`. */
export function addClientServices(server: RpcServer, parts: ApiParts): void {
  const views = new Views(parts);
  const handlers = { ...parts, scopes: new Scopes(parts.fleet) };
  server.add(FleetService, fleetService(handlers, views)).add(HostService, hostService(handlers, views));
  server.add(AccessService, accessService(parts)).add(SecretService, secretService(handlers));
  server.add(WalletService, walletService(handlers)).add(LeaseService, leaseService(handlers));
  server.add(ModuleService, moduleService(parts)).add(ModelService, modelService(parts));
  server.add(ModelScoreService, modelScoreService(handlers));
  server.add(NetworkService, networkService(handlers)).add(IntentService, intentService(handlers));
  server.add(RegistrationService, registrationService(handlers));
  server.add(StakeService, stakeService(handlers));
  server.add(PlotService, plotService(handlers));
  server.add(LeaseAccessService, leaseAccessService(handlers));
  server.add(RewardsService, rewardsService(handlers)).add(ChallengeService, challengeService(handlers, views));
}
