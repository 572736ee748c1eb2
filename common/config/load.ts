import { parse } from 'yaml';
import type { z } from 'zod';
import { HeadframeError } from '../model/error.js';
import type { FieldViolation } from '../model/error.js';
import { checkSchema, didYouMean } from '../model/schema/index.js';
import { isMapping, setAt, settingsOf } from './settings.js';
import type { Mapping, Setting } from './settings.js';

/** Where a program's configuration comes from; each later source wins over the ones before it. */
export interface ConfigSources {
  /** Text of the YAML file with its path for messages. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values by flag name without the dashes, e.g. `log-level`. */
  readonly flags: Readonly<Record<string, unknown>>;
}

interface Layer {
  /** Names the source of a value in messages. */
  readonly nameOf: (path: readonly string[]) => string;
  readonly values: Mapping;
}

/**
 * Puts defaults, file, environment and flags together and checks the whole. Throws one `HeadframeError`
 * (invalid_argument, 'config_invalid') that tells every problem with its source and remedy.
 */
export function loadConfig<Schema extends z.ZodObject>(
  schema: Schema,
  program: string,
  sources: ConfigSources,
): z.output<Schema> {
  const settings = settingsOf(schema, program);
  const problems: FieldViolation[] = [];
  const layers = [
    fileLayer(sources, problems),
    envLayer(settings, program, sources, problems),
    flagLayer(settings, sources),
  ];
  const merged: Mapping = structuredClone(layers[0]?.values ?? {});
  for (const layer of layers.slice(1)) {
    for (const { path } of settings) {
      const value = valueAt(layer.values, path);
      if (value !== undefined) setAt(merged, path, value);
    }
  }
  const checked = checkSchema(schema, merged);
  if ('violations' in checked) problems.push(...checked.violations.map((violation) => withSource(violation, layers)));
  if (problems.length > 0 || !('value' in checked)) throw invalid(program, problems);
  return Object.freeze(checked.value) as z.output<Schema>; // the schema's own output; frozen, it is only narrower
}

function fileLayer({ file }: ConfigSources, problems: FieldViolation[]): Layer {
  const nameOf = (): string => file?.path ?? 'defaults';
  if (file === undefined) return { nameOf, values: {} };
  try {
    const value: unknown = parse(file.text, { maxAliasCount: 10 }) ?? {};
    if (isMapping(value)) return { nameOf, values: value };
    problems.push({ document: file.path, path: '', expected: 'a mapping of settings' });
  } catch (error) {
    const expected = `YAML: ${error instanceof Error ? error.message : String(error)}`;
    problems.push({ document: file.path, path: '', expected });
  }
  return { nameOf, values: {} };
}

/** Other programs' variables are not ours to judge; unknown ones of this program are errors. */
function envLayer(
  settings: readonly Setting[],
  program: string,
  { env }: ConfigSources,
  problems: FieldViolation[],
): Layer {
  const values: Mapping = {};
  const variables = settings.map(({ variable }) => variable);
  const prefix = `HEADFRAME_${program.toUpperCase()}_`;
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(prefix) || value === undefined) continue;
    const setting = settings.find(({ variable }) => variable === name);
    if (setting) setAt(values, setting.path, value);
    else problems.push(unknownVariable(name, value, variables));
  }
  const nameOf = (path: readonly string[]): string =>
    settings.find((setting) => sameStart(setting.path, path))?.variable ?? prefix;
  return { nameOf, values };
}

function flagLayer(settings: readonly Setting[], { flags }: ConfigSources): Layer {
  const values: Mapping = {};
  for (const { flag, path } of settings) if (flags[flag] !== undefined) setAt(values, path, flags[flag]);
  const nameOf = (path: readonly string[]): string =>
    `--${settings.find((setting) => sameStart(setting.path, path))?.flag ?? path.join('.')}`;
  return { nameOf, values };
}

function unknownVariable(name: string, value: string, variables: readonly string[]): FieldViolation {
  const meant = didYouMean(name, variables);
  const remedy = meant === undefined ? 'Unset it.' : `Did you mean ${meant}?`;
  return { document: 'environment', path: name, value, expected: 'a known variable', remedy };
}

/** Names the last source that has the value: the one that won. */
function withSource(violation: FieldViolation, layers: readonly Layer[]): FieldViolation {
  const path = violation.path.split(/[.[\]]+/).filter((part) => part !== '');
  const winner = layers.findLast((layer) => valueAt(layer.values, path) !== undefined) ?? layers[0];
  return { document: winner?.nameOf(path) ?? 'defaults', ...violation };
}

function valueAt(mapping: Mapping, path: readonly string[]): unknown {
  let value: unknown = mapping;
  for (const key of path) {
    // Below a list or a text that a flag or variable gave whole, the whole is the value.
    if (!isMapping(value)) return value;
    value = value[key];
  }
  return value;
}

function sameStart(setting: readonly string[], path: readonly string[]): boolean {
  return setting.every((key, index) => path[index] === key);
}

function invalid(program: string, violations: readonly FieldViolation[]): HeadframeError {
  const count = violations.length === 1 ? 'a problem' : `${String(violations.length)} problems`;
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'config_invalid',
    message: `the configuration of the ${program} has ${count}`,
    remedy: 'See docs/operations.md for every setting.',
    violations,
  });
}
