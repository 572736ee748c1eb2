export { loadAgentConfig } from './agent-config.js';
export type { AgentConfig } from './agent-config.js';
export { chooseAddress, clientConfigPath, readClientConfig, writeClientConfig } from './client-config.js';
export type { ClientChoice, ClientConfig } from './client-config.js';
export { loadCoordinatorConfig } from './coordinator-config.js';
export type { CoordinatorConfig } from './coordinator-config.js';
export { splitAddress } from './fields.js';
export type { ConfigSources, FlagValue } from './load-config.js';
