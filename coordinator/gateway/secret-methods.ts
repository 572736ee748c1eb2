import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { LeaseAccessService } from '../../common/gen/headframe/v1/lease_access_service_pb.js';
import { LeaseService } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { SecretService } from '../../common/gen/headframe/v1/secret_service_pb.js';
import { WalletService } from '../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Route } from './route.js';

/** What is asked of these, or answered, may be a secret or tell of one. */
const SERVICES: ReadonlySet<DescService> = new Set<DescService>([
  ...([AccessService, LeaseAccessService, SecretService, WalletService] as const),
]);
const METHODS: ReadonlySet<DescMethod> = new Set<DescMethod>([
  ...([LeaseService.method.createLease, FleetService.method.exec] as const),
]);

/** Whether requests of a route and their answers may be written down: not where a secret may be in them, or a digest of one. */
export function isKept({ method }: Pick<Route, 'method'>): boolean {
  return !SERVICES.has(method.parent) && !METHODS.has(method);
}
