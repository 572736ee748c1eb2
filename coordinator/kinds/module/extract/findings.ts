import { LIMITS } from './limits.js';
import type {
  BuildArgument,
  ExtractionWarning,
  ModuleEntry,
  ModulePort,
  Place,
  SettingSource,
  SettingType,
  WarningCode,
} from './setting.js';
import { oneLine, shown } from './source-text.js';

/** How telling a place is about a setting; of two that name the same, the higher wins. */
export const TELLING = { declared: 60, read: 50, library: 40, example: 30, deployed: 20, image: 10 } as const;

/** One place that names a setting, before places are merged. */
export interface Finding extends Place {
  readonly name: string;
  readonly source: SettingSource;
  readonly telling: number;
  /** Undefined where the place does not say. */
  readonly type?: SettingType | undefined;
  readonly default?: string | undefined;
  readonly required?: boolean | undefined;
  /** Secret whatever its name. */
  readonly secret?: boolean | undefined;
  readonly role?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly description?: string | undefined;
}

const NAMES: Readonly<Record<SettingSource, RegExp>> = {
  environment: /^[A-Za-z_][A-Za-z0-9_]*$/,
  option: /^-{0,2}[A-Za-z0-9_][A-Za-z0-9_.:-]*$/,
  file: /^[A-Za-z0-9_][A-Za-z0-9_ ./:@-]*$/,
};

/** What the readers of files put their findings into; keeps no more than the limits allow. */
export class Findings {
  readonly settings: Finding[] = [];
  readonly ports: ModulePort[] = [];
  readonly entries: ModuleEntry[] = [];
  readonly buildArguments: BuildArgument[] = [];
  readonly dependencies: string[] = [];
  readonly warnings: ExtractionWarning[] = [];
  python: string | undefined;
  #full = false;

  /** Keeps a finding whose name can be one, and warns of others. */
  add(finding: Finding): void {
    if (finding.name.length > LIMITS.name || !NAMES[finding.source].test(finding.name)) {
      this.warn('name_invalid', finding, `${shown(finding.name, 60)} cannot name a setting`);
      return;
    }
    if (this.settings.length < LIMITS.findings) this.settings.push(finding);
    else if (!this.#full) {
      this.#full = true;
      this.warn('limit_reached', finding, `more than ${LIMITS.findings} settings: what follows is not read`);
    }
  }

  /** Keeps a port between 1 and 65535, once for each place and role. */
  port(port: ModulePort): void {
    if (!(port.port >= 1 && port.port <= 65_535) || this.ports.length >= LIMITS.ports) return;
    const isKnown = this.ports.some(
      (other) =>
        other.port === port.port &&
        other.protocol === port.protocol &&
        other.role === port.role &&
        other.file === port.file &&
        other.line === port.line,
    );
    if (!isKnown) this.ports.push(port);
  }

  /** Keeps a way to start the module. */
  entry(entry: ModuleEntry): void {
    if (entry.command.length === 0 || this.entries.length >= LIMITS.entries) return;
    const command = entry.command.slice(0, 100).map((word) => shown(word, LIMITS.value));
    this.entries.push({
      ...entry,
      role: entry.role === undefined ? undefined : shown(entry.role, LIMITS.name),
      command,
    });
  }

  /** Keeps a build argument. */
  buildArgument(argument: BuildArgument): void {
    if (this.buildArguments.length < LIMITS.facts && NAMES.environment.test(argument.name))
      this.buildArguments.push(argument);
  }

  /** Keeps a package that the module needs. */
  dependency(text: string): void {
    if (this.dependencies.length < LIMITS.facts) this.dependencies.push(shown(text, LIMITS.name));
  }

  /** Keeps a warning; the last that fits says that there are more. */
  warn(code: WarningCode, { file, line }: Place, message: string): void {
    if (this.warnings.length >= LIMITS.warnings) return;
    const last = this.warnings.length === LIMITS.warnings - 1;
    const text = last ? 'there are more warnings than are kept' : oneLine(message, LIMITS.description);
    this.warnings.push({ code: last ? 'limit_reached' : code, file, line, message: text });
  }
}
