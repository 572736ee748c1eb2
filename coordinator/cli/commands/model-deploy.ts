import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { create } from '@bufbuild/protobuf';
import { UploadModelRequestSchema } from '../../../common/gen/headframe/v1/model_service_pb.js';
import type { UploadModelRequest } from '../../../common/gen/headframe/v1/model_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { parseConstraintText, priceConstraint } from '../../../common/model/constraint-text.js';
import { parseManifest, specToManifest } from '../../../common/model/manifest/index.js';
import type { PlainMapping } from '../../../common/model/manifest/index.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import { formatCpu, formatExactBytes } from '../../../common/model/units.js';
import { manifestInvalid, minerFromWire } from '../../../common/wire/client.js';
import { addWaitOptions, countArgument, pairArgument } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { applySpecs } from './apply.js';
import { followBuilds } from './build-log.js';
import { contextOf } from './model-context.js';

interface SourceOptions {
  readonly dockerfile?: string;
  readonly source?: string;
  readonly url?: string;
  readonly digest?: string;
  readonly git?: string;
  readonly commit?: string;
  readonly folder?: string;
}

type Pairs = Readonly<Record<string, string>>;

interface DeployOptions extends SourceOptions, WaitOptions {
  readonly follow?: boolean;
  readonly port?: number;
  readonly replicas?: number;
  readonly namespace?: string;
  readonly priority?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly disk?: string;
  readonly gpus?: number;
  readonly constraints?: PlainMapping;
  readonly maxPrice?: PlainMapping;
  readonly env?: Pairs;
  readonly secret?: Pairs;
  readonly buildArg?: Pairs;
  readonly account?: string;
  readonly type?: string;
}

/** Of a new model: one that does not come up takes nobody's place. */
const SAFE_UPDATE = { maxSurge: 1, maxUnavailable: 0, autoRollback: true };

/** `models deploy`. */
export function addModelDeploy(models: Command, run: Runner): void {
  const deploy = models
    .command('deploy')
    .description(
      'Deploy a model from a Dockerfile, an archive, a folder, a URL or git; again with another source updates it. What is not given stays as it is.',
    )
    .argument('<name>', 'name of the miner')
    .option('--dockerfile <file>', 'a Dockerfile that needs no other file; with another source its path within that')
    .option('--source <folder|archive>', 'folder or archive (tar, tar.gz) that is uploaded and built')
    .option('--url <url>', 'where the coordinator gets a Dockerfile or an archive')
    .option('--digest <sha256:digest>', 'with --url: take nothing else than this')
    .option('--git <url>', 'repository')
    .option('--commit <id>', 'with --git: the commit, whole')
    .option('--folder <path>', 'with --git: folder of the repository that is built')
    .addOption(new Option('--port <port>', 'port at which the model listens').argParser(countArgument))
    .addOption(new Option('--replicas <count>', 'number of instances').argParser(countArgument))
    .option('-n, --namespace <namespace>', 'namespace of the miner')
    .option('--priority <priority>', '0-1000, or the name of a class')
    .option('--cpu <cpus>', 'CPUs of each instance')
    .option('--memory <bytes>', 'memory of each instance')
    .option('--disk <bytes>', 'disk of each instance')
    .addOption(new Option('--gpus <count>', 'GPUs of each instance').argParser(countArgument))
    .addOption(
      new Option('--constraints <text>', 'resources in one text, such as cpu-8-ram-16gb-storage-50gb').argParser(
        resourcesArgument,
      ),
    )
    .addOption(
      new Option('--max-price <usd>', 'only hosts whose label price-per-epoch-usd is no more').argParser(priceArgument),
    )
    .addOption(new Option('--env <key=value>', 'variable; may be repeated').argParser(pairArgument))
    .addOption(new Option('--secret <variable=name>', 'secret; may be repeated').argParser(pairArgument))
    .addOption(new Option('--build-arg <key=value>', 'ARG of the Dockerfile; may be repeated').argParser(pairArgument))
    .option('--account <account>', 'who is paid: an SS58 address or 0.0.N')
    .option('--type <type>', 'llm, vision, speech or translation')
    .option('--follow', 'print what the builds say as they say it, and wait');
  addWaitOptions(deploy, 'all instances run as declared; ends with 8 when the rollout fails or goes back').action(
    run((call, name: string, options: DeployOptions) => deployModel(call, name, options)),
  );
}

async function deployModel(call: Invocation, name: string, options: DeployOptions): Promise<void> {
  requireOneSource(options);
  const before = await manifestOf(call, name);
  const spec = checked(name, withOptions(before, await sourceOf(call, options), options));
  if (options.follow !== true) return applySpecs(call, [spec], options);
  return applySpecs(call, [spec], { ...options, wait: true }, (sinceRevision, signal) =>
    followBuilds(call, { miner: name, sinceRevision }, signal),
  );
}

/** Of a model that is there; else the beginning of a new one. */
async function manifestOf(call: Invocation, name: string): Promise<PlainMapping> {
  const { fleet } = await call.connect();
  try {
    const { miner } = await fleet.getMiner({ name }, call.callOptions);
    const { spec } = minerFromWire(miner ?? missing(name));
    if (spec.kind === 'model') return specToManifest(spec);
    throw usageError('miner_no_model', `${name} is of the kind ${spec.kind}`, 'Choose another name.');
  } catch (error) {
    if (error instanceof HeadframeError && error.reason === 'miner_not_found')
      return { kind: 'model', name, update: SAFE_UPDATE };
    throw error;
  }
}

function missing(name: string): never {
  throw new HeadframeError({ code: 'internal', reason: 'answer_empty', message: `the answer for ${name} is empty` });
}

/** What is given replaces what was. */
function withOptions(before: PlainMapping, source: PlainMapping | undefined, options: DeployOptions): PlainMapping {
  const { port, replicas, namespace, priority, cpu, memory, disk, gpus, env, secret, buildArg, account, type } =
    options;
  const { constraints = {}, maxPrice } = options;
  const isWithin = source !== undefined && source['text'] === undefined;
  const model = given({
    source,
    dockerfile: isWithin ? options.dockerfile : undefined,
    ...{ port, env, account, type, secrets: secret, buildArgs: buildArg },
  });
  const resources = { ...constraints, ...given({ cpu, memory, disk, gpus }) };
  return {
    ...before,
    ...given({ replicas, namespace, priority: priorityOf(priority) }),
    model: { ...withoutSource(mappingOf(before['model']), source), ...model },
    resources: { ...mappingOf(before['resources']), ...resources },
    ...(maxPrice === undefined ? {} : { constraints: [...otherConstraints(before, maxPrice), maxPrice] }),
  };
}

/** A Dockerfile's path means something in the source that it was given with alone. */
function withoutSource(model: PlainMapping, source: PlainMapping | undefined): PlainMapping {
  const { dockerfile, ...rest } = model;
  return source === undefined || dockerfile === undefined ? model : rest;
}

function otherConstraints(before: PlainMapping, { attribute }: PlainMapping): PlainMapping[] {
  const all = before['constraints'];
  const mappings = Array.isArray(all) ? all.map(mappingOf) : [];
  return mappings.filter((one) => one['attribute'] !== attribute);
}

function mappingOf(plain: PlainMapping[string]): PlainMapping {
  // The compiler does not tell read-only lists apart.
  return typeof plain === 'object' && !Array.isArray(plain) ? (plain as PlainMapping) : {};
}

function given(fields: PlainMapping): PlainMapping {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function priorityOf(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

function checked(name: string, manifest: PlainMapping): MinerSpec {
  const parsed = parseManifest(manifest);
  if ('value' in parsed) return parsed.value;
  throw manifestInvalid(parsed.violations.map((violation) => ({ document: name, ...violation })));
}

function requireOneSource({ source, url, digest, git, commit, folder }: SourceOptions): void {
  const sources = [source, url, git].filter((one) => one !== undefined);
  if (sources.length > 1)
    throw usageError('model_source_twice', 'there is more than one source', 'Give one of --source, --url and --git.');
  if ((git === undefined) !== (commit === undefined) || (git === undefined && folder !== undefined))
    throw usageError('model_source_incomplete', '--git and --commit go together, --folder with them', 'Give both.');
  if (url === undefined && digest !== undefined)
    throw usageError('model_source_incomplete', '--digest goes with --url', 'Give both.');
}

/** Uploads where that is to be done; undefined where no source is given. */
async function sourceOf(call: Invocation, options: SourceOptions): Promise<PlainMapping | undefined> {
  const { dockerfile, source, url, digest, git, commit, folder } = options;
  if (source !== undefined) return { upload: await upload(call, source) };
  if (url !== undefined) return given({ url, digest });
  if (git !== undefined) return { git: given({ url: git, commit, folder }) };
  if (dockerfile === undefined) return undefined;
  const text = await readFile(dockerfile, 'utf8').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : '';
    throw usageError('file_unreadable', `cannot read ${dockerfile}: ${why}`, 'Name a Dockerfile.');
  });
  return { text };
}

async function upload(call: Invocation, path: string): Promise<string> {
  const { models } = await call.connect();
  const { digest } = await models.uploadModel(requestsOf(path), call.callOptions);
  return digest;
}

async function* requestsOf(path: string): AsyncGenerator<UploadModelRequest> {
  for await (const data of contextOf(path)) yield create(UploadModelRequestSchema, { data });
}

function resourcesArgument(text: string): PlainMapping {
  const asked = parseConstraintText(text);
  if (asked === undefined) throw new InvalidArgumentError('Expected a text such as cpu-8-ram-16gb-storage-50gb.');
  const { cpuMillis, memoryBytes, diskBytes, gpus } = asked;
  return given({
    cpu: cpuMillis === undefined ? undefined : formatCpu(cpuMillis),
    memory: memoryBytes === undefined ? undefined : formatExactBytes(memoryBytes),
    disk: diskBytes === undefined ? undefined : formatExactBytes(diskBytes),
    gpus,
  });
}

function priceArgument(text: string): PlainMapping {
  const constraint = /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? priceConstraint(Number(text)) : undefined;
  if (constraint === undefined) throw new InvalidArgumentError('Expected a price in USD, such as 1.5.');
  return { ...constraint };
}
