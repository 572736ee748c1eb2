export { loadAgentConfig } from './agent-config.js';
export type { AgentConfig } from './agent-config.js';
export { readBearer } from './bearer.js';
export {
  chooseTarget,
  clientConfigPath,
  contextNameField,
  readClientConfig,
  writeClientConfig,
} from './client-config.js';
export type { ClientChoice, ClientConfig, ClientTarget } from './client-config.js';
export { INSECURE_LOOPBACK, refuseOffLoopback, withInsecureLoopback } from './insecure-loopback.js';
export { DEFAULT_COORDINATOR_DATA_DIR, loadCoordinatorConfig } from './coordinator-config.js';
export type { AlertsConfig } from './alerts-config.js';
export type { ModelScoresConfig } from './model-scores-config.js';
export type { ProvidersConfig } from './providers-config.js';
export type { CoordinatorConfig } from './coordinator-config.js';
export { operatorFileInvalid, readOperatorFile } from './operator-file.js';
export { IDENTITY_FILES } from '../enrolment/index.js';
export { ADMIN_FOLDER, identityFolder, readIdentity } from './identity.js';
export type { ConfigSources, FlagValue } from './load-config.js';
