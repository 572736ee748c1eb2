/** What decides whether builds by BuildKit can be bounded here. */
export interface KitGround {
  readonly version: string;
  readonly driver: string;
  /** Whether the engine runs on this machine. */
  readonly isLocal: boolean;
  /** Whether the agent runs as root. */
  readonly isRoot: boolean;
  /** The builder's folder of steps, and whether it is there for the agent to read. */
  readonly executor: string;
  readonly isReadable: boolean;
}

/** Storage drivers that keep what a step writes in a folder of its own. */
const LAYERED = new Set(['overlay2', 'overlayfs']);

/** Why nothing is built by BuildKit here; '' where it can be. Pure. */
export function whyNoBuildkit(ground: KitGround): string {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(ground.version) ?? ['', '99'];
  if (Number(major) * 100 + Number(minor) < 2010) return `engine ${ground.version} is older than 20.10`;
  if (!ground.isLocal) return 'the engine is on another machine, where its steps cannot be bounded';
  if (!ground.isRoot) return 'its steps can be bounded by an agent that runs as root alone';
  if (!LAYERED.has(ground.driver))
    return `with the storage driver ${ground.driver} it cannot be told what its steps write`;
  return ground.isReadable ? '' : `${ground.executor} cannot be read, so that its steps cannot be bounded`;
}
