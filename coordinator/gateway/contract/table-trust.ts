import type { AccessService } from '../../../common/gen/headframe/v1/access_service_pb.js';
import type { AuditService } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import type { CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { SecretService } from '../../../common/gen/headframe/v1/secret_service_pb.js';
import type { WalletService } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Bindings, Unbound } from './binding.js';

/** It has one way: encrypted, and from the command that asks for it without an echo. */
const SECRET: Unbound = { unbound: 'it carries a secret: the command headframe gives it over gRPC' };
const TRUST: Unbound = {
  unbound: 'it makes what callers are believed by: the command headframe asks for it over gRPC',
};
const MONEY: Unbound = { unbound: 'it decides what may be paid: the command headframe asks for it over gRPC' };

/** Who is known, and by what. */
export const ACCESS: Bindings<typeof AccessService> = {
  join: TRUST,
  renewCertificate: TRUST,
  rejoin: TRUST,
  login: TRUST,
  createToken: SECRET,
  rotateAuthority: TRUST,
  rotateSshAuthority: TRUST,
  getAuthority: { verb: 'GET', path: '/v1/authority', summary: 'Shows the authority that signs certificates' },
  getSshAuthority: {
    verb: 'GET',
    path: '/v1/authority/ssh',
    summary: 'Shows the keys by which SSH users are certified into leases',
  },
  listTokens: { verb: 'GET', path: '/v1/tokens', summary: 'Lists tokens, without their secrets' },
  revokeToken: { verb: 'DELETE', path: '/v1/tokens/:id', summary: 'Revokes a token' },
  whoAmI: { verb: 'GET', path: '/v1/whoami', summary: 'Says who calls' },
  listCredentials: { verb: 'GET', path: '/v1/credentials', summary: 'Lists certificates and bearer tokens' },
  revokeCredential: { verb: 'POST', path: '/v1/credentials/revoke', summary: 'Revokes a certificate or bearer token' },
};

/** What was done by whom. */
export const AUDIT: Bindings<typeof AuditService> = {
  listEntries: { verb: 'GET', path: '/v1/audit', summary: 'Lists what was done, and by whom' },
  verifyChain: { verb: 'GET', path: '/v1/audit/verification', summary: 'Checks that nothing of the audit was changed' },
};

/** Who of several coordinators leads. */
export const COORDINATORS: Bindings<typeof CoordinatorService> = {
  getCoordinator: { verb: 'GET', path: '/v1/coordinator', summary: 'Says how this coordinator stands among others' },
  stepDown: { verb: 'POST', path: '/v1/coordinator/step-down', summary: 'Has this coordinator hand over to another' },
  addCoordinator: { verb: 'POST', path: '/v1/coordinators', summary: 'Announces a further coordinator' },
  removeCoordinator: { verb: 'DELETE', path: '/v1/coordinators/:address', summary: 'Takes a coordinator out' },
};

/** Values that instances are given. */
export const SECRETS: Bindings<typeof SecretService> = {
  setSecret: SECRET,
  rotateSecret: SECRET,
  listSecrets: { verb: 'GET', path: '/v1/secrets', summary: 'Lists secrets, without their values' },
  removeSecret: { verb: 'DELETE', path: '/v1/secrets/:namespace/:name', summary: 'Removes a secret' },
};

/** Keys that pay, and those that work. */
export const WALLETS: Bindings<typeof WalletService> = {
  createWallet: SECRET,
  unlockWallet: SECRET,
  exportWallet: SECRET,
  addHotkey: SECRET,
  removeWallet: MONEY,
  removeHotkey: MONEY,
  setWalletCaps: MONEY,
  unfreezeWallet: MONEY,
  listWallets: { verb: 'GET', path: '/v1/wallets', summary: 'Lists wallets, without their keys' },
  getWallet: { verb: 'GET', path: '/v1/wallets/:name', summary: 'Shows a wallet, without its keys' },
  lockWallet: { verb: 'POST', path: '/v1/wallets/:name/lock', summary: 'Locks a wallet' },
};
