import type { DescService } from '@bufbuild/protobuf';
import { Health } from '../../../common/gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '../../../common/gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as OldReflection } from '../../../common/gen/grpc/reflection/v1alpha/reflection_pb.js';
import { AccessService } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { AgentService } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { AuditService } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import { ChallengeService } from '../../../common/gen/headframe/v1/challenge_service_pb.js';
import { CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { IntentService } from '../../../common/gen/headframe/v1/intent_service_pb.js';
import { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import { LeaseAccessService } from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import { MachineService } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { ModelScoreService } from '../../../common/gen/headframe/v1/model_score_service_pb.js';
import { ModelService } from '../../../common/gen/headframe/v1/model_service_pb.js';
import { ModuleService } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import { PlotService } from '../../../common/gen/headframe/v1/plot_service_pb.js';
import { RegistrationService } from '../../../common/gen/headframe/v1/registration_service_pb.js';
import { RouterService } from '../../../common/gen/headframe/v1/router_service_pb.js';
import { SecretService } from '../../../common/gen/headframe/v1/secret_service_pb.js';
import { RewardsService } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import { StakeService } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { WalletService } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { ROLES } from '../../../common/model/caller.js';
import { PERMISSIONS } from '../../../coordinator/security/roles/index.js';
import type { Scope } from '../../../coordinator/security/roles/index.js';
import { code, markdownTable } from './markdown.js';

/** Every service that a coordinator serves. */
export const SERVICES: readonly DescService[] = [
  ...[FleetService, HostService, AccessService, SecretService, WalletService, LeaseService, ModuleService, ModelService],
  ...[NetworkService, IntentService, RegistrationService, StakeService, RewardsService, ChallengeService],
  ...[ModelScoreService, LeaseAccessService, RouterService, PlotService, MachineService, AuditService, AgentService],
  CoordinatorService,
  ...[Health, ServerReflection, OldReflection],
];

const WORDS: Readonly<Record<Scope, string>> = {
  fleet: 'the fleet',
  namespaces: 'its namespaces',
  ownHost: 'its host',
  own: 'itself',
  open: 'open',
};

const BEGIN = '<!-- The table of roles is made from the source by `npm run docs`. -->\n';
const END = '<!-- End of the table of roles. -->\n';

/** The text with its table of who may call what made anew. Throws an Error where the text has no place for it. */
export function withRolesTable(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('docs/security.md has lost the marks around its table of roles');
  return `${text.slice(0, begin + BEGIN.length)}\n${rolesTable()}\n${text.slice(end)}`;
}

function rolesTable(): string {
  return markdownTable(['method', ...ROLES, 'reaches'], SERVICES.flatMap(rowsOf));
}

function rowsOf({ typeName, methods }: DescService): string[][] {
  return methods.map(({ name }) => {
    const { roles, scope } = PERMISSIONS.get(`/${typeName}/${name}`) ?? { roles: [], scope: 'fleet' as const };
    const cells = ROLES.map((role) => (scope === 'open' || roles.includes(role) ? 'yes' : '-'));
    return [code(`${typeName.replace(/^headframe\.v1\./, '')}/${name}`), ...cells, WORDS[scope]];
  });
}
