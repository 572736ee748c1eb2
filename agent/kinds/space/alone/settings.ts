import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { configFields, variableOf } from '../../../../common/config/field-tree.js';
import type { ConfigField } from '../../../../common/config/field-tree.js';
import { hasCode, writeWhole } from '../../../../common/disk/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { FieldViolation } from '../../../../common/model/error.js';
import { checkSchema, readDocuments } from '../../../../common/model/schema/index.js';
import type { NodeAddress } from '../node/connect-node.js';
import { parseNodes } from './node-list.js';
import { defaultSettings, homeFolder, SPACE_ENV_PREFIX, spaceSettingsSchema } from './settings-schema.js';
import type { SpaceSettings } from './settings-schema.js';

/** Where settings come from. */
export interface SettingsSources {
  /** As given by `--config`. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The settings and what came of reading them. */
export interface LoadedSettings {
  readonly settings: SpaceSettings;
  /** Absolute path of the file. */
  readonly file: string;
  /** What people should know: a file that was written, a variable that was ignored. */
  readonly remarks: readonly string[];
}

/** The nodes of settings, the first preferred at start. */
export function nodesOf({ nodeAddress, nodePort }: SpaceSettings): readonly [NodeAddress, ...NodeAddress[]] {
  const nodes = parseNodes(nodeAddress, nodePort);
  // The schema takes no other text.
  if (nodes === undefined) throw new RangeError(`no addresses of nodes: ${nodeAddress}`);
  return nodes;
}

/** The file of settings, absolute. */
export function settingsFile({ file, home }: Pick<SettingsSources, 'file' | 'home'>): string {
  return resolve(file ?? join(homeFolder(home), 'miner.yaml'));
}

/**
 * Reads the settings as the reference does: the file, which is written with the defaults where there is none, and over it the variables.
 * Throws `HeadframeError` (invalid_argument, 'config_invalid') with all that is wrong with the file or, with that right, with the variables.
 */
export async function loadSettings(sources: SettingsSources): Promise<LoadedSettings> {
  const file = settingsFile(sources);
  const found = await textOf(file);
  const text = found ?? stringify(defaultSettings(sources.home), { lineWidth: 0 });
  if (found === undefined) await writeWhole(file, text);
  const data = dataOf(file, text);
  // A variable does not stand in for a key that the file must have.
  checked(data, () => file);
  const given = withVariables(data, sources.env);
  const settings = checked(given.data, (path) => given.origins.get(path) ?? file);
  const written = found === undefined ? [`${file} was not there and was written with the defaults`] : [];
  return { settings, file, remarks: [...written, ...given.ignored] };
}

function dataOf(file: string, text: string): Readonly<Record<string, unknown>> {
  const { documents, violations } = readDocuments({ name: file, text });
  if (violations.length > 0) throw invalid(violations.map((one) => ({ ...one, document: file })));
  const data = documents[0]?.data ?? {};
  if (documents.length > 1 || typeof data !== 'object' || Array.isArray(data))
    throw invalid([{ document: file, path: '', expected: 'one mapping of settings' }]);
  // A mapping of YAML has texts as keys here.
  return data as Readonly<Record<string, unknown>>;
}

function checked(data: unknown, originOf: (path: string) => string): SpaceSettings {
  const result = checkSchema(spaceSettingsSchema, data);
  if ('value' in result) return result.value;
  throw invalid(result.violations.map((one) => ({ ...one, document: originOf(one.path) })));
}

interface Varied {
  readonly data: Readonly<Record<string, unknown>>;
  /** The variable of each setting that has one. */
  readonly origins: ReadonlyMap<string, string>;
  readonly ignored: readonly string[];
}

function withVariables(data: Readonly<Record<string, unknown>>, env: SettingsSources['env']): Varied {
  const given: Record<string, unknown> = { ...data };
  const origins = new Map<string, string>();
  const ignored: string[] = [];
  for (const field of configFields(spaceSettingsSchema)) {
    const variable = variableOf(field, SPACE_ENV_PREFIX);
    const text = env[variable];
    if (text === undefined) continue;
    const value = valueOf(text, field);
    if (value === undefined) {
      ignored.push(
        `${variable} is ignored: ${JSON.stringify(text)} is not ${field.shape === 'number' ? 'a whole number' : 'true or false'}`,
      );
      continue;
    }
    given[field.path] = value;
    origins.set(field.path, variable);
  }
  return { data: given, origins, ignored };
}

/** What a variable sets, or undefined for a number or a switch that it does not name; an empty text is one. */
function valueOf(text: string, { shape }: ConfigField): unknown {
  const word = text.trim().toLowerCase();
  if (shape === 'number') return /^[+-]?\d{1,15}$/.test(word) ? Number(word) : undefined;
  if (shape === 'boolean') return word === 'true' || word === 'false' ? word === 'true' : undefined;
  return text;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw invalid([{ document: file, path: '', expected: `a file that can be read (${String(error)})` }]);
  }
}

function invalid(violations: readonly FieldViolation[]): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'config_invalid',
    message: `${String(violations.length)} ${violations.length === 1 ? 'setting is' : 'settings are'} not valid`,
    remedy: 'Correct the file or variable that is named; docs/space.md lists all settings.',
    violations,
  });
}
