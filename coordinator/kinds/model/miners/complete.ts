import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parseManifest, specToFullManifest } from '../../../../common/model/manifest/index.js';
import type { ContainerSpec, MinerSpec } from '../../../../common/model/miner.js';
import type { ModelSource, ModelSpec } from '../../../../common/model/model-spec.js';
import { MODULE_SECRETS } from '../../../../common/model/module-spec.js';
import type { ModuleBuild } from '../../../../common/model/module-spec.js';
import { SECRET_MODE } from '../../../../common/model/secret.js';
import type { SecretRef } from '../../../../common/model/secret.js';
import type { Problem } from './problem.js';

/** What was found for a model's miner. */
export interface FoundContent {
  /** As it is known now. */
  readonly source: ModelSource;
  readonly digest: string;
  readonly bytes: number;
}

/** A miner's spec with all that is made of its model, or why it cannot be. */
export type Completed = { readonly spec: MinerSpec } | { readonly problems: readonly Problem[] };

/** A miner of the kind `model`. */
export type ModelMiner = MinerSpec & { readonly model: ModelSpec };

/** Makes of a model what its miner's instances run: nothing but the spec and what was found decides. Pure. */
export function completeModel(spec: ModelMiner, { source, digest, bytes }: FoundContent): Completed {
  const { model } = spec;
  const { dockerfile, buildArgs } = model;
  const args = Object.keys(buildArgs).length === 0 ? {} : { buildArgs };
  const build: ModuleBuild = { content: digest, bytes, dockerfile, recipe: '', base: '', ...args };
  const made = containerOf(spec, build);
  const problems = madeOtherwise(spec.container, made);
  if (problems.length > 0) return { problems };
  return checked({ ...spec, container: made, model: { ...model, source, build } });
}

/** Name of the image of a miner's model: of no other miner, and another one for whatever is built otherwise. */
function imageNameOf(miner: string, { content, dockerfile, buildArgs = {} }: ModuleBuild): string {
  const values = Object.entries(buildArgs).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify([content, dockerfile, values]));
  return `headframe/model-${miner}:${digest.digest('hex').slice(0, 12)}`;
}

function containerOf({ name, model, container }: ModelMiner, build: ModuleBuild): ContainerSpec {
  const own = (container.secrets ?? []).filter(({ path }) => !path.startsWith(`${MODULE_SECRETS}/`));
  const secrets = [...own, ...secretsOf(model)];
  const { secrets: _secrets, ...rest } = container;
  return {
    ...rest,
    image: imageNameOf(name, build),
    args: model.args,
    env: { PORT: String(model.port), ...model.env, ...filesOf(model) },
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

function secretFile(name: string): string {
  return `${MODULE_SECRETS}/settings/${name}`;
}

/** One file for each secret, whatever variables it is for; a new value is taken by a new run. */
function secretsOf({ secrets }: ModelSpec): SecretRef[] {
  const names = [...new Set(Object.values(secrets))].sort();
  return names.map((name) => ({ name, path: secretFile(name), mode: SECRET_MODE, onRotate: 'restart' }));
}

/** The image's own command is not known here, so that none could put the values into variables, and none has to. */
function filesOf({ secrets }: ModelSpec): Record<string, string> {
  const entries = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([variable, name]) => [`${variable}_FILE`, secretFile(name)]));
}

/** What is made of the model may be given as it is, as by a program that changes what it read, and not otherwise. */
function madeOtherwise(given: ContainerSpec, made: ContainerSpec): Problem[] {
  const fields = [
    ['image', given.image === '', 'It is built of the model.'],
    ['args', given.args.length === 0, 'Use model.args.'],
    ['env', Object.keys(given.env).length === 0, 'Use model.env.'],
  ] as const;
  return fields.flatMap(([field, empty, remedy]): Problem[] => {
    if (empty || isDeepStrictEqual(given[field], made[field])) return [];
    const path = `container.${field}`;
    const expected = 'nothing of the kind model';
    return [{ reason: 'model_field_made', path, expected, remedy: `Leave it out. ${remedy}` }];
  });
}

/** Rules between fields hold for the whole, too. */
function checked(spec: MinerSpec): Completed {
  const parsed = parseManifest(specToFullManifest(spec));
  if ('value' in parsed) return { spec };
  return { problems: parsed.violations.map((violation) => ({ reason: 'manifest_invalid', ...violation })) };
}
