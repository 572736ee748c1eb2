import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { addressesOf } from '../model/coordinator-route.js';
import { HeadframeError } from '../model/error.js';
import { checkSchema, readDocuments, strictObject } from '../model/schema/index.js';
import { authorityField } from './bearer.js';
import type { Bearer } from './bearer.js';
import { absolutePathField, addressesField } from './fields.js';
import { refuseOffLoopback } from './insecure-loopback.js';
import { configInvalid } from './load-config.js';

const DEFAULT_ADDRESS = '127.0.0.1:7700';

/** Name of a context. */
export const contextNameField = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1-63 letters, digits and . _ -');

/** The clients' configuration: named fleets, and which of them is meant when none is named. */
export const clientConfigSchema = strictObject({
  currentContext: contextNameField.optional().describe('Context that is used when none is named.'),
  contexts: z
    .record(
      contextNameField,
      strictObject({
        address: addressesField.describe('Address of the coordinator, or of several with commas.'),
        identity: absolutePathField.optional().describe('Folder of the identity.'),
        tokenFile: absolutePathField.optional().describe('File with a bearer token, in place of an identity.'),
        authority: authorityField
          .optional()
          .describe('By what the coordinator is known that is called by a bearer token.'),
        insecureLoopback: z.boolean().optional().describe('Calls go in clear, to this machine alone.'),
      }).refine(isOneWay, 'identity, tokenFile or insecureLoopback, one of them alone'),
    )
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
  /** Folder of an identity. */
  readonly identity?: string | undefined;
  /** File with a bearer token. */
  readonly tokenFile?: string | undefined;
  /** By what the coordinator is known that is called by it. */
  readonly authority?: string | undefined;
  /** Whether calls are to go in clear. */
  readonly insecureLoopback?: boolean | undefined;
}

/** A coordinator, and how it is called. */
export interface ClientTarget {
  /** `host:port`, or several with commas. */
  readonly address: string;
  /** Folder of the identity to show it; undefined where none was named, or calls go in clear. */
  readonly identity: string | undefined;
  /** What calls go by instead; undefined where none was named. */
  readonly bearer: Bearer | undefined;
  /** Whether calls go in clear, which is refused to other machines. */
  readonly insecureLoopback: boolean;
  /** Whether a person named the coordinator; otherwise it is the usual one of this machine. */
  readonly isNamed: boolean;
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
 * The coordinator that is meant: --address, then --context, HEADFRAME_ADDRESS, HEADFRAME_CONTEXT, the current context, and
 * at last 127.0.0.1:7700. How it is called: as the flags say, then HEADFRAME_IDENTITY, HEADFRAME_TOKEN_FILE and
 * HEADFRAME_INSECURE_LOOPBACK, then the context where the address is the context's too. Throws HeadframeError: not_found,
 * context_unknown; invalid_argument, also 'authority_missing'; or failed_precondition, 'plaintext_refused'.
 */
export function chooseTarget(config: ClientConfig, choice: ClientChoice): ClientTarget {
  const { isNamed, ...context } = chosenContext(config, choice);
  const { identity, tokenFile, insecureLoopback = false } = chosenProof(choice) ?? context;
  const { address } = context;
  if (insecureLoopback) for (const one of addressesOf(address)) refuseOffLoopback({ path: 'address', address: one });
  const authority = chosenAuthority(choice) ?? context.authority;
  const bearer = tokenFile === undefined ? undefined : bearerOf(tokenFile, authority);
  return { address, isNamed, insecureLoopback, identity, bearer };
}

function chosenContext(
  config: ClientConfig,
  { address, context, env }: ClientChoice,
): ContextConfig & Pick<ClientTarget, 'isNamed'> {
  if (address !== undefined) return { address: checked(addressesField, address, '--address'), isNamed: true };
  if (context !== undefined) return { ...contextOf(config, context), isNamed: true };
  const fromEnv = env['HEADFRAME_ADDRESS'] ?? '';
  if (fromEnv !== '') return { address: checked(addressesField, fromEnv, 'HEADFRAME_ADDRESS'), isNamed: true };
  const named = env['HEADFRAME_CONTEXT'] ?? '';
  const chosen = named === '' ? config.currentContext : named;
  if (chosen === undefined) return { address: DEFAULT_ADDRESS, isNamed: false };
  return { ...contextOf(config, chosen), isNamed: true };
}

/** What the flags say, else the environment; undefined where neither says anything. */
function chosenProof({ identity, tokenFile, insecureLoopback, env }: ClientChoice): Proof | undefined {
  const flags: Proof = { identity, tokenFile, insecureLoopback };
  if (!isOneWay(flags)) {
    const expected = 'to be given without --token-file and --insecure-loopback: one of the three alone';
    throw configInvalid([{ document: '--identity', path: '', expected }]);
  }
  if (waysOf(flags) === 1) return flags;
  const said = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const fromEnv = [
    { identity: said('HEADFRAME_IDENTITY') },
    { tokenFile: said('HEADFRAME_TOKEN_FILE') },
    { insecureLoopback: env['HEADFRAME_INSECURE_LOOPBACK'] === 'true' },
  ];
  return fromEnv.find((proof) => waysOf(proof) === 1);
}

function chosenAuthority({ authority, env }: ClientChoice): string | undefined {
  const fromEnv = env['HEADFRAME_AUTHORITY'] ?? '';
  if (authority === undefined && fromEnv === '') return undefined;
  const said = authority ?? fromEnv;
  const whole = said.startsWith('sha256:') ? said : resolve(said);
  return checked(authorityField, whole, authority === undefined ? 'HEADFRAME_AUTHORITY' : '--authority');
}

function bearerOf(tokenFile: string, authority: string | undefined): Bearer {
  if (authority !== undefined) return { tokenFile, authority };
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'authority_missing',
    message: 'a bearer token is sent to nobody who is not known',
    remedy:
      'Say --authority or HEADFRAME_AUTHORITY: the sha256: that headframe token create --bearer tells, or the path of an ' +
      'authorities.pem.',
  });
}

/** How a call proves who makes it; one of them alone. */
interface Proof {
  readonly identity?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly insecureLoopback?: boolean | undefined;
}

function waysOf({ identity, tokenFile, insecureLoopback }: Proof): number {
  return [identity !== undefined, tokenFile !== undefined, insecureLoopback === true].filter(Boolean).length;
}

function isOneWay(proof: Proof): boolean {
  return waysOf(proof) <= 1;
}

type ContextConfig = ClientConfig['contexts'][string];

function checked<T>(schema: z.ZodType<T>, value: unknown, document: string): T {
  const result = checkSchema(schema, value);
  if ('value' in result) return result.value;
  throw configInvalid(result.violations.map((one) => ({ ...one, document })));
}

function contextOf(config: ClientConfig, name: string): ContextConfig {
  const context = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (context !== undefined) return context;
  throw new HeadframeError({
    code: 'not_found',
    reason: 'context_unknown',
    message: `there is no context ${name}`,
    remedy: `Known contexts: ${Object.keys(config.contexts).join(', ') || 'none'}.`,
  });
}
