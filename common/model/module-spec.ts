/** What is built of a module for one of its roles, or of a model: found out when the miner is applied, and never changed. */
export interface ModuleBuild {
  /** `sha256:` and the digest in hex of the archive of its files. */
  readonly content: string;
  /** Of the archive. */
  readonly bytes: number;
  /** Path of its own Dockerfile; '' where `recipe` is the text of a generated one. */
  readonly dockerfile: string;
  readonly recipe: string;
  /** Image that the recipe builds on; '' with a Dockerfile of the module's own. */
  readonly base: string;
  /** Values of the Dockerfile's ARGs; never empty. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
}

/** What a module's miner does on a chain. */
export interface ModuleChain {
  /** Name of a network. */
  readonly network: string;
  readonly netuid: number;
  /** Name of the wallet that pays, and of that of its hotkeys which works. */
  readonly wallet: string;
  readonly hotkey: string;
  /** Undefined where nothing is paid for a registration. */
  readonly register: ModuleRegistration | undefined;
  /** Where the miner is told to be reached; undefined where it serves nothing. */
  readonly serve: ModuleServing | undefined;
  /** Stake that it needs before it runs, in the smallest unit; '0' for none. */
  readonly leastStake: string;
}

/** How a hotkey is registered. */
export interface ModuleRegistration {
  /** Most that one registration may cost, in the smallest unit. */
  readonly highestPrice: string;
  readonly again: 'never' | 'when_pruned';
}

/** Where others reach a miner. */
export interface ModuleServing {
  /** Name of a port of the container. */
  readonly port: string;
  /** '' means the address of its host. */
  readonly address: string;
}

/** Which module a miner runs, as what, and how. */
export interface ModuleSpec {
  readonly name: string;
  readonly role: string;
  /** Whole id; '' until the coordinator has put the pinned one in its place. */
  readonly commit: string;
  /** Values of settings, by the names that the module gives them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Names of secrets of the miner's namespace, by the variables that are given their values. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Further variables, which no file of the module names. */
  readonly env: Readonly<Record<string, string>>;
  /** Arguments after those of the role and of the settings. */
  readonly args: readonly string[];
  readonly chain: ModuleChain | undefined;
  /** Undefined until the coordinator has judged the miner. */
  readonly build?: ModuleBuild | undefined;
}

/** Folder inside the container of a module or model in which its secrets and its hotkey lie; nothing else is put there. */
export const MODULE_SECRETS = '/run/headframe';

/** The exclusive identity of whoever works with a hotkey. */
export function identityOfHotkey({ wallet, hotkey }: Pick<ModuleChain, 'wallet' | 'hotkey'>): string {
  return `hotkey:${wallet}/${hotkey}`;
}
