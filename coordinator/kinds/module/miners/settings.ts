import { didYouMean } from '../../../../common/model/schema/index.js';
import type { ModuleSpec } from '../../../../common/model/module-spec.js';
import type { ModuleSetting } from '../extract/index.js';
import type { RoleProfile, RoleVariable } from '../profiles/index.js';
import type { Problem } from './problem.js';

/** What settings come to: variables and arguments of the program, and what is wrong with them. */
export interface JudgedSettings {
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly problems: readonly Problem[];
}

/** What is known of a setting, whichever way it is given. */
type Known = Pick<ModuleSetting, 'required' | 'secret' | 'type' | 'choices'> & { readonly at: string };

/**
 * Judges the settings of a module's miner by what its role takes. `fixed` are those that follow from elsewhere, such as the
 * number of the subnet: each is given only where the role takes it. Pure.
 */
export function judgeSettings(
  module: ModuleSpec,
  profile: Pick<RoleProfile, 'environment' | 'options'>,
  settings: readonly ModuleSetting[],
  fixed: ReadonlyMap<string, string>,
): JudgedSettings {
  const known = knownSettings(profile, settings);
  const follows = new Map([...fixed].filter(([name]) => known.has(name)));
  const values = new Map([...follows, ...Object.entries(module.settings)]);
  const problems = [
    ...Object.entries(module.settings).flatMap(([name, value]) => {
      const problem = judgeOne(name, value, known, follows);
      return problem === undefined ? [] : [problem];
    }),
    ...Object.keys(module.env)
      .filter((name) => known.get(name)?.secret === true)
      .map((name) => openSecret(`module.env.${name}`, name)),
    ...missing(module, known, values),
  ];
  const variables = [...values].filter(([name]) => !name.startsWith('-') && isVariable(name, profile));
  const declared = profile.environment.flatMap(({ name, default: preset, at }): [string, string][] =>
    isDeclared(at) && preset !== undefined && !Object.hasOwn(module.secrets, name) ? [[name, preset]] : [],
  );
  const env = { ...Object.fromEntries([...declared, ...variables]), ...module.env };
  return { env, args: profile.options.flatMap((option) => argumentsOf(option, values.get(option.name))), problems };
}

/** What an author declares is not in the program, so that its defaults are given. */
function isDeclared(at: string): boolean {
  return at.startsWith('headframe.module.yaml');
}

function isVariable(name: string, { environment }: Pick<RoleProfile, 'environment'>): boolean {
  return environment.some((variable) => variable.name === name);
}

function knownSettings(
  { environment, options }: Pick<RoleProfile, 'environment' | 'options'>,
  settings: readonly ModuleSetting[],
): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const { name, required, secret, at } of environment)
    known.set(name, { ...typed(name, settings), required, secret, at });
  for (const { name, required, secret, type, choices, file, line } of options)
    known.set(name, { required, secret, type, choices, at: `${file}:${String(line)}` });
  return known;
}

function typed(name: RoleVariable['name'], settings: readonly ModuleSetting[]): Pick<Known, 'type' | 'choices'> {
  const found = settings.find((setting) => setting.source === 'environment' && setting.name === name);
  return { type: found?.type ?? 'string', choices: found?.choices ?? [] };
}

function judgeOne(
  name: string,
  value: string,
  known: ReadonlyMap<string, Known>,
  follows: ReadonlyMap<string, string>,
): Problem | undefined {
  const path = `module.settings.${name}`;
  const setting = known.get(name);
  if (setting === undefined) return unknown(path, name, [...known.keys()]);
  if (setting.secret) return openSecret(path, name);
  const fixed = follows.get(name);
  if (fixed !== undefined && fixed !== value)
    return {
      ...{ reason: 'setting_invalid', path, value, expected: `${fixed}, as module.chain has it` },
      remedy: 'Leave it out.',
    };
  const expected = expectedOf(setting, value);
  if (expected === undefined) return undefined;
  return { ...{ reason: 'setting_invalid', path, value: value.slice(0, 80), expected }, remedy: `See ${setting.at}.` };
}

function expectedOf({ type, choices }: Known, value: string): string | undefined {
  if (choices.length > 0) return choices.includes(value) ? undefined : `one of ${choices.slice(0, 20).join(', ')}`;
  if (type === 'integer') return /^[+-]?\d{1,30}$/.test(value) ? undefined : 'a whole number';
  if (type === 'number') return value.trim() !== '' && Number.isFinite(Number(value)) ? undefined : 'a number';
  if (type === 'boolean') return /^(?:true|false|yes|no|on|off|[01])$/i.test(value) ? undefined : 'true or false';
  return undefined;
}

function unknown(path: string, name: string, names: readonly string[]): Problem {
  const meant = didYouMean(name, names);
  const all = names.slice(0, 20).join(', ');
  const own = 'Variables that no file of the module names go into module.env.';
  return {
    ...{ reason: 'setting_unknown', path, value: name },
    expected: names.length === 0 ? 'none: the role takes no settings' : `a setting of the role, such as ${all}`,
    remedy: meant === undefined ? own : `Did you mean "${meant}"?`,
  };
}

function openSecret(path: string, name: string): Problem {
  const remedy = name.startsWith('-')
    ? 'Have its author read it from a variable: whatever is on a command line others see.'
    : `Leave it out, keep it with headframe secrets set SECRET, and name that: module.secrets: { ${name}: SECRET }.`;
  return { reason: 'setting_secret', path, expected: 'no value, for it is a secret', remedy };
}

function missing(
  module: ModuleSpec,
  known: ReadonlyMap<string, Known>,
  values: ReadonlyMap<string, string>,
): Problem[] {
  return [...known].flatMap(([name, { required, secret, at }]): Problem[] => {
    const given = values.has(name) || Object.hasOwn(module.secrets, name) || Object.hasOwn(module.env, name);
    if (!required || given || module.args.some((arg) => arg === name || arg.startsWith(`${name}=`))) return [];
    const where = secret && !name.startsWith('-') ? 'secrets' : 'settings';
    const value = where === 'secrets' ? 'the name of a secret' : 'a value';
    const remedy = `Give it: module.${where}: { ${name}: … }. It is read in ${at}.`;
    return [
      { reason: 'setting_required', path: `module.${where}.${name}`, expected: `${value}, for it is required`, remedy },
    ];
  });
}

/** A switch is given or not; a list is one argument for each of its items. */
function argumentsOf({ name, type }: ModuleSetting, value: string | undefined): string[] {
  if (value === undefined) return [];
  const items = type === 'list' ? value.split(',') : [value];
  if (!name.startsWith('-')) return items;
  if (type === 'boolean') return /^(?:true|yes|on|1)$/i.test(value) ? [name] : [];
  return [name, ...items];
}
