import { z } from 'zod';
import { isAccount } from '../account.js';
import type { ContainerSpec, PortSpec } from '../miner.js';
import { MODEL_PORT, MODEL_TYPES } from '../model-spec.js';
import type { ModelSource, ModelSpec } from '../model-spec.js';
import { MODULE_SECRETS } from '../module-spec.js';
import { strictObject } from '../schema/strict-object.js';
import { buildField, buildToManifest, digestField, secretVariablesField, variablesField } from './build.js';
import { LIMITS } from './limits.js';
import type { Plain, PlainMapping } from './plain.js';
import { portNumber } from './port.js';
import { argumentField } from './texts.js';

const DOCKERFILE = 'Dockerfile';
const MOST_TEXT = 64 * 1024;
const LONGEST_URL = 2048;

/** A path within a source: relative, in its plain form. */
const innerPath = z
  .string()
  .max(LIMITS.path)
  .refine(
    (path) => /^[^/\\\0][^\\\0]*$/.test(path) && path.split('/').every((step) => !['', '.', '..'].includes(step)),
    'a path within the source, without a "/" at either end and without ".."',
  );

const sourceFields = strictObject({
  text: z.string().min(1).max(MOST_TEXT).optional().describe('A Dockerfile that needs no other file.'),
  upload: digestField.optional().describe('Digest of an uploaded archive: headframe models deploy uploads.'),
  url: z
    .string()
    .max(LONGEST_URL)
    .refine(isPlainUrl, 'a URL with http or https, without user, password and fragment')
    .optional()
    .describe('A Dockerfile, or an archive (tar, tar.gz) with one; fetched when the manifest is applied.'),
  digest: digestField
    .optional()
    .describe(
      'With `url`: the digest of what it gives; nothing else is taken, and what came before is not fetched again.',
    ),
  git: strictObject({
    url: z.string().max(1024).describe('URL of a repository, with https.'),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$/, 'a whole commit id of 40 digits')
      .describe('Its commit, whole.'),
    folder: innerPath.optional().describe('Folder of the repository that is built; without it all of it.'),
  })
    .optional()
    .describe('A commit of a git repository.'),
}).transform((written, context): ModelSource => {
  const sources = sourcesOf(written);
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    context.addIssue({ code: 'custom', message: 'exactly one of text, upload, url, git' });
    return z.NEVER;
  }
  if (written.digest !== undefined && source.kind !== 'url')
    context.addIssue({ code: 'custom', path: ['digest'], message: 'nothing without url' });
  return source;
});

interface WrittenSource {
  readonly text?: string | undefined;
  readonly upload?: string | undefined;
  readonly url?: string | undefined;
  readonly digest?: string | undefined;
  readonly git?: { readonly url: string; readonly commit: string; readonly folder?: string | undefined } | undefined;
}

/** A model, what it is built of and how it runs. */
export const modelField = strictObject({
  source: sourceFields.describe('What its image is built of: exactly one of text, upload, url and git.'),
  dockerfile: innerPath.prefault(DOCKERFILE).describe('Path of the Dockerfile within the archive or repository.'),
  port: portNumber.describe('Port at which the model listens; the variable PORT has it.'),
  env: variablesField.prefault({}).describe('Variables of the model. No secrets here.'),
  args: z
    .array(argumentField)
    .max(LIMITS.commandEntries)
    .prefault([])
    .describe("Arguments in the place of the image's own CMD; empty keeps that."),
  secrets: secretVariablesField
    .prefault({})
    .describe(
      "Names of secrets of the miner's namespace, by variables: for KEY the variable KEY_FILE has the path of a file with the value.",
    ),
  buildArgs: variablesField
    .prefault({})
    .describe("Values of the Dockerfile's ARGs. They can be read in the image: no secrets here."),
  account: z
    .string()
    .refine((text) => text === '' || isAccount(text), 'an SS58 address with its checksum right, or 0.0.N')
    .prefault('')
    .describe('Who is paid for its work.'),
  type: z
    .union([z.enum(MODEL_TYPES), z.literal('')], { error: `one of ${MODEL_TYPES.join(', ')}` })
    .prefault('')
    .describe('What it does: llm, vision, speech or translation; without it what its /info says.'),
  build: buildField.optional().describe('Found by the coordinator; leave it out.'),
}).transform(({ build, ...rest }): ModelSpec => ({ ...rest, ...(build === undefined ? {} : { build }) }));

/** The user's form of a model; `build` is the coordinator's and stays out unless all is asked for. */
export function modelToManifest(model: ModelSpec, whole: boolean): PlainMapping {
  const { source, dockerfile, port, env, args, secrets, buildArgs, account, type, build } = model;
  const unless = <T extends Plain>(value: T, empty: boolean): T | undefined => (empty && !whole ? undefined : value);
  const isEmpty = (all: object): boolean => Object.keys(all).length === 0;
  return {
    source: sourceToManifest(source),
    dockerfile: unless(dockerfile, dockerfile === DOCKERFILE),
    port,
    env: unless({ ...env }, isEmpty(env)),
    args: unless(args, args.length === 0),
    secrets: unless({ ...secrets }, isEmpty(secrets)),
    buildArgs: unless({ ...buildArgs }, isEmpty(buildArgs)),
    account: unless(account, account === ''),
    type: unless(type, type === ''),
    build: whole && build !== undefined ? buildToManifest(build) : undefined,
  };
}

/** The container with the port at which the model answers, unless the manifest has it. */
export function withModelPort(container: ContainerSpec, { port }: ModelSpec): ContainerSpec {
  const { ports, network } = container;
  if (network === 'none' || ports.some(({ name }) => name === MODEL_PORT)) return container;
  return { ...container, ports: [...ports, modelPort(port)] };
}

/** A container without what is made of a model, which is where everybody looks for it. */
export function withoutMade(container: ContainerSpec, { port }: ModelSpec): ContainerSpec {
  const { secrets = [], ports, ...rest } = container;
  const isMade = (one: PortSpec): boolean => {
    const made = modelPort(port);
    return one.name === made.name && one.containerPort === port && one.hostPort === 0 && one.protocol === 'tcp';
  };
  return {
    ...rest,
    ...{ image: '', args: [], env: {} },
    ports: ports.filter((one) => !isMade(one)),
    secrets: secrets.filter(({ path }) => !path.startsWith(`${MODULE_SECRETS}/`)),
  };
}

function modelPort(port: number): PortSpec {
  return { name: MODEL_PORT, containerPort: port, protocol: 'tcp', hostPort: 0 };
}

function sourcesOf({ text, upload, url, digest = '', git }: WrittenSource): ModelSource[] {
  const sources: ModelSource[] = [];
  if (text !== undefined) sources.push({ kind: 'text', text });
  if (upload !== undefined) sources.push({ kind: 'upload', content: upload });
  if (url !== undefined) sources.push({ kind: 'url', url, digest });
  if (git !== undefined) sources.push({ kind: 'git', ...git, folder: git.folder ?? '' });
  return sources;
}

function sourceToManifest(source: ModelSource): PlainMapping {
  switch (source.kind) {
    case 'text':
      return { text: source.text };
    case 'upload':
      return { upload: source.content };
    case 'url':
      return { url: source.url, digest: source.digest === '' ? undefined : source.digest };
    case 'git': {
      const { url, commit, folder } = source;
      return { git: { url, commit, folder: folder === '' ? undefined : folder } };
    }
  }
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}
