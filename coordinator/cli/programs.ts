import type { Programs } from './world.js';

/** What this package has, each loaded when it is to run: none costs another, or a client, its memory. */
export const packagedPrograms: Programs = {
  coordinator: async (config, load, signal) => {
    const { runCoordinator } = await import('../main.js');
    return runCoordinator(config, load, signal);
  },
  agent: async (argv) => {
    // A name that is put together: the agent and the coordinator know each other by the contract alone.
    const path = ['..', '..', 'agent', 'main.js'].join('/');
    const loaded: unknown = await import(path);
    if (!isAgentProgram(loaded)) throw new Error(`${path} is no agent program`);
    return loaded.main(argv);
  },
  storeMaintenance: () => import('../store/maintenance.js'),
  offlineAudit: () => import('../security/audit/offline.js'),
};

interface AgentProgram {
  readonly main: (argv: readonly string[]) => Promise<number>;
}

function isAgentProgram(loaded: unknown): loaded is AgentProgram {
  return typeof loaded === 'object' && loaded !== null && 'main' in loaded && typeof loaded.main === 'function';
}
