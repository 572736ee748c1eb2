import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { HeadframeError } from '../model/error.js';
import { checkSchema, readDocuments, strictObject } from '../model/schema/index.js';
import { addressField } from './fields.js';
import { configInvalid } from './load-config.js';

const DEFAULT_ADDRESS = '127.0.0.1:7700';

const contextName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1-63 letters, digits and . _ -');

/** The clients' configuration: named fleets, and which of them is meant when none is named. */
export const clientConfigSchema = strictObject({
  currentContext: contextName.optional().describe('Context that is used when none is named.'),
  contexts: z
    .record(contextName, strictObject({ address: addressField.describe('Address of the coordinator.') }))
    .prefault({})
    .describe('Fleets by name.'),
});

/** The clients' configuration. */
export type ClientConfig = Readonly<z.output<typeof clientConfigSchema>>;

/** What a person asked for on the command line and in the environment. */
export interface ClientChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly address?: string | undefined;
  readonly context?: string | undefined;
}

/** Where the clients' configuration lies: HEADFRAME_CONFIG, or headframe/config.yaml in the user's configuration folder. */
export function clientConfigPath(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const asked = env['HEADFRAME_CONFIG'];
  if (asked !== undefined && asked !== '') return asked;
  const folder = env['XDG_CONFIG_HOME'];
  // A relative one is to be ignored: https://specifications.freedesktop.org/basedir-spec/
  return join(folder?.startsWith('/') ? folder : join(home, '.config'), 'headframe', 'config.yaml');
}

/** Reads the clients' configuration; a missing file is an empty one. Throws HeadframeError (invalid_argument, config_invalid). */
export async function readClientConfig(path: string): Promise<ClientConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw configInvalid([{ document: path, path: '', expected: 'a file that can be read' }]);
  });
  const { documents, violations } = readDocuments({ name: path, text });
  const checked = checkSchema(clientConfigSchema, documents[0]?.data ?? {});
  const found = 'violations' in checked ? checked.violations : [];
  const all = [...violations, ...found].map((one) => ({ ...one, document: path }));
  if (documents.length > 1) all.push({ document: path, path: '', expected: 'one document' });
  if ('value' in checked && all.length === 0) return checked.value;
  throw configInvalid(all);
}

/** Writes the clients' configuration so that readers see the old or the new one, never a part; only its owner may read it. */
export async function writeClientConfig(path: string, config: ClientConfig): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(stringify(config));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * The coordinator's address that is meant: --address, then --context, HEADFRAME_ADDRESS, HEADFRAME_CONTEXT, the current
 * context, and at last 127.0.0.1:7700. Throws HeadframeError: not_found, context_unknown, or invalid_argument.
 */
export function chooseAddress(config: ClientConfig, { address, context, env }: ClientChoice): string {
  if (address !== undefined) return checkedAddress(address, '--address');
  if (context !== undefined) return addressOf(config, context);
  const fromEnv = env['HEADFRAME_ADDRESS'] ?? '';
  if (fromEnv !== '') return checkedAddress(fromEnv, 'HEADFRAME_ADDRESS');
  const named = env['HEADFRAME_CONTEXT'] ?? '';
  const chosen = named === '' ? config.currentContext : named;
  return chosen === undefined ? DEFAULT_ADDRESS : addressOf(config, chosen);
}

function checkedAddress(address: string, document: string): string {
  const checked = checkSchema(addressField, address);
  if ('value' in checked) return checked.value;
  throw configInvalid(checked.violations.map((one) => ({ ...one, document })));
}

function addressOf(config: ClientConfig, name: string): string {
  const context = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (context !== undefined) return context.address;
  throw new HeadframeError({
    code: 'not_found',
    reason: 'context_unknown',
    message: `there is no context ${name}`,
    remedy: `Known contexts: ${Object.keys(config.contexts).join(', ') || 'none'}.`,
  });
}
