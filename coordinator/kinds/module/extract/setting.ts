/** A line of a file of the module; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** How a module takes a setting: from its environment, from its command line, or from a configuration file. */
export type SettingSource = 'environment' | 'option' | 'file';

/** What a setting's value is read as. */
export type SettingType = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'path' | 'url';

/** One thing that a module lets its operator set, and where its source says so. Texts are bounded and free of control characters. */
export interface ModuleSetting extends Place {
  /** The variable, the option as it is written (`--netuid`; without dashes for a positional one), or the key path in the file. */
  readonly name: string;
  readonly source: SettingSource;
  readonly type: SettingType;
  /** What holds when it is not set; lists are joined by commas. Never a secret. */
  readonly default: string | undefined;
  /** The module does not start without it; a default is then what the repository shows as an example. */
  readonly required: boolean;
  readonly secret: boolean;
  /** `miner`, `validator` or another role of the module; undefined when all roles share it. */
  readonly role: string | undefined;
  /** Empty when any value will do. */
  readonly choices: readonly string[];
  readonly description: string;
  /** Further places that name it, less telling than the first. */
  readonly also: readonly Place[];
}

/** A port that the module's source names. */
export interface ModulePort extends Place {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly role: string | undefined;
}

/** A way to start the module. */
export interface ModuleEntry extends Place {
  readonly role: string | undefined;
  /** The command, run in the repository's folder; of an image, in its own. */
  readonly command: readonly string[];
  /** What says so. */
  readonly from: 'script' | 'package' | 'procfile' | 'compose' | 'dockerfile';
}

/** A file that lists what a role needs to be installed. */
export interface RequirementsFile {
  readonly file: string;
  readonly role: string | undefined;
}

/** A build argument of a Dockerfile. */
export interface BuildArgument extends Place {
  readonly name: string;
  readonly default: string | undefined;
}

/** What else a module says of itself. */
export interface ModuleFacts {
  /** Versions of Python that it declares, such as `>=3.10`. */
  readonly python: string | undefined;
  /** Packages that pyproject.toml names, as written there. */
  readonly dependencies: readonly string[];
  readonly requirements: readonly RequirementsFile[];
  readonly buildArguments: readonly BuildArgument[];
}

/** Why something of a module could not be read, or should not be there. */
export type WarningCode =
  | 'limit_reached'
  | 'file_too_large'
  | 'not_text'
  | 'syntax_error'
  | 'name_unknown'
  | 'name_invalid'
  | 'value_too_long'
  | 'secret_present';

/** Something about a module's source that its operator should know. */
export interface ExtractionWarning extends Place {
  readonly code: WarningCode;
  readonly message: string;
}

/** All that is read from a module's source, in an order that depends on its content alone. */
export interface Extraction {
  readonly settings: readonly ModuleSetting[];
  readonly ports: readonly ModulePort[];
  readonly entries: readonly ModuleEntry[];
  readonly facts: ModuleFacts;
  readonly warnings: readonly ExtractionWarning[];
}
