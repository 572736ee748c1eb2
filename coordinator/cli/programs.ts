import type { Programs } from './world.js';

/** What this package has, each loaded when it is to run: none costs another, or a client, its memory. */
export const packagedPrograms: Programs = {
  coordinator: async (config, load, signal) => {
    const { runCoordinator } = await import('../main.js');
    return runCoordinator(config, load, signal);
  },
  agent: (argv) => runOther('agent', argv),
  space: (argv) => runOther('agent/kinds/space', argv),
  storeMaintenance: () => import('../store/maintenance.js'),
  storeMoving: () => import('../moving/index.js'),
  offlineAudit: () => import('../security/audit/offline.js'),
};

/** Runs a program of a folder beside this one's. */
async function runOther(folder: string, argv: readonly string[]): Promise<number> {
  // A name that is put together: the agent and the coordinator know each other by the contract alone.
  const path = ['..', '..', folder, 'main.js'].join('/');
  const loaded: unknown = await import(path);
  if (!isProgram(loaded)) throw new Error(`${path} is no program`);
  return loaded.main(argv);
}

interface OtherProgram {
  readonly main: (argv: readonly string[]) => Promise<number>;
}

function isProgram(loaded: unknown): loaded is OtherProgram {
  return typeof loaded === 'object' && loaded !== null && 'main' in loaded && typeof loaded.main === 'function';
}
