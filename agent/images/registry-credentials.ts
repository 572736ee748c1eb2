import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What a registry is shown. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string; readonly serveraddress: string }
  | { readonly identitytoken: string; readonly serveraddress: string };

/** As `docker login` writes it; credential helpers are programs of their own and are not run. */
const configSchema = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .default({}),
});

/** The key under which `docker login` files Docker Hub. */
const HUB = 'https://index.docker.io/v1/';

/** The registry that an image reference names, as the key of its credentials. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' ? first : HUB;
}

/**
 * Looks up a registry in the text of a Docker config.json; undefined when there are none for it.
 * @throws SyntaxError or ZodError when the text is no such file
 */
export function credentialsIn(text: string, registry: string): RegistryCredentials | undefined {
  const { auths } = configSchema.parse(JSON.parse(text));
  const entry = auths[registry] ?? auths[`https://${registry}`] ?? auths[`https://${registry}/v1/`];
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: registry };
  const [, username, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(entry.auth ?? '', 'base64').toString()) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password, serveraddress: registry };
}

/**
 * Reads the credentials for an image at the time of its pull, so that a new login counts at once.
 * @throws when the file is there and is none
 */
export async function readCredentials(file: string, reference: string): Promise<RegistryCredentials | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : credentialsIn(text, registryOf(reference));
}
