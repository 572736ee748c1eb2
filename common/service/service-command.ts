import { createInterface } from 'node:readline/promises';
import type { ConfigField } from '../config/field-tree.js';
import { valueOfText } from '../config/field-tree.js';
import type { FlagValue } from '../config/index.js';
import { systemClock } from '../model/clock.js';
import { HeadframeError } from '../model/error.js';
import { installService } from './install.js';
import type { ServiceOptions, ServiceSpec } from './service-spec.js';
import type { ServiceVerb } from './service-words.js';
import { uninstallService } from './uninstall.js';
import { upgradeService } from './upgrade.js';

/** Values of `SERVICE_OPTIONS` and of settings. */
export type ServiceFlags = Readonly<Record<string, FlagValue | undefined>>;

/** Settings that a command line gave, by the path of their field. */
export type GivenFlags = ServiceSpec['flags'];

const DEFAULT_WAIT_S = 60;
const LONGEST_WAIT_S = 3600;

/** Runs one of `SERVICE_VERBS`. Throws HeadframeError as `installService` and its kin do. */
export async function runServiceCommand(
  verb: ServiceVerb,
  spec: ServiceSpec,
  flags: ServiceFlags,
  say: ServiceOptions['say'],
): Promise<void> {
  const options: ServiceOptions = {
    root: typeof flags['root'] === 'string' ? flags['root'] : '/',
    dryRun: flags['dryRun'] === true,
    waitMs: waitOf(flags['wait']) * 1000,
    say,
  };
  if (verb === 'install') await installService(spec, options, systemClock);
  else if (verb === 'upgrade') await upgradeService(spec, options, systemClock);
  else await uninstallService(spec.name, options, flags['purge'] === true || (await asksToPurge(options)));
}

/** Seconds. */
function waitOf(given: FlagValue | undefined): number {
  if (given === undefined) return DEFAULT_WAIT_S;
  const seconds = Number(given);
  if (given !== '' && seconds >= 0 && seconds <= LONGEST_WAIT_S) return seconds;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'wait_invalid',
    message: `--wait ${String(given)} is no time`,
    remedy: `Give seconds, from 0, which does not wait, to ${String(LONGEST_WAIT_S)}.`,
  });
}

/** Settings of a service as they stand in its file. */
export function settingsOf(fields: readonly ConfigField[], flags: GivenFlags): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const field of fields) {
    const given = flags[field.path];
    if (typeof given === 'string') put(settings, field.steps, valueOfText(given, field));
  }
  return settings;
}

function put(settings: Record<string, unknown>, [step = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    settings[step] = value;
    return;
  }
  const known = settings[step];
  const inner: Record<string, unknown> = typeof known === 'object' && known !== null ? { ...known } : {};
  settings[step] = inner;
  put(inner, rest, value);
}

/** Where somebody sits there who can be asked; kept otherwise. */
async function asksToPurge({ dryRun }: ServiceOptions): Promise<boolean> {
  if (dryRun || !process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Remove its data and configuration, too? [y/N] ');
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
