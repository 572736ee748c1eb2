import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { HeadframeError } from '../model/error.js';
import { checkSchema, strictObject } from '../model/schema/index.js';
import { addressField } from './fields.js';

const contextName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1-63 letters, digits and . _ -');

const clientConfigSchema = strictObject({
  currentContext: contextName.optional(),
  contexts: z.record(contextName, strictObject({ address: addressField })).default({}),
});

/** What the command line remembers: coordinators by name. */
export type ClientConfig = z.output<typeof clientConfigSchema>;

/** Where the client's configuration stands: HEADFRAME_CONFIG, or under XDG_CONFIG_HOME or ~/.config. */
export function clientConfigPath(env: Readonly<Record<string, string | undefined>>): string {
  const { HEADFRAME_CONFIG: given, XDG_CONFIG_HOME: xdg, HOME: home } = env;
  if (given !== undefined && given !== '') return given;
  const base = xdg !== undefined && xdg !== '' ? xdg : `${home ?? ''}/.config`;
  return `${base}/headframe/config.yaml`;
}

/** Reads the configuration; an absent file is an empty one. Throws `HeadframeError` (invalid_argument) for a bad one. */
export async function readClientConfig(path: string): Promise<ClientConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const checked = checkSchema(clientConfigSchema, parsed(path, text));
  if ('value' in checked) return checked.value;
  throw invalid(
    path,
    'it does not have the form it should',
    checked.violations.map((one) => ({ document: path, ...one })),
  );
}

/** Replaces the configuration as a whole, for the owner alone. */
export async function writeClientConfig(path: string, config: ClientConfig): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${String(process.pid)}.tmp`;
  await writeFile(draft, stringify(config), { mode: 0o600 });
  await rename(draft, path);
}

function parsed(path: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 10 }) ?? {};
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error), []);
  }
}

function invalid(path: string, why: string, violations: HeadframeError['violations']): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'config_invalid',
    message: `${path}: ${why}`,
    remedy: 'Mend the file, or remove it and set the contexts again: headframe contexts set.',
    violations,
  });
}
