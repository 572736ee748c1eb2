import { loadAgentConfig } from '../../common/config/index.js';
import type { AgentConfig } from '../../common/config/index.js';

/** What an agent does for its host's sake by default, as its configuration gives it. */
export function careConfig(flags: Readonly<Record<string, string>> = {}): AgentConfig {
  return loadAgentConfig({ file: undefined, env: {}, flags });
}
