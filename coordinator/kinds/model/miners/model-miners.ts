import type { MinerSpec } from '../../../../common/model/miner.js';
import type { ModelSource, ModelSpec } from '../../../../common/model/model-spec.js';
import { MODEL_REASONS } from '../../../../common/model/model-reasons.js';
import { checkSchema } from '../../../../common/model/schema/index.js';
import type { ContentStore } from '../../../contents/index.js';
import type { FleetReader } from '../../../fleet/port.js';
import { moduleUrlField } from '../../module/index.js';
import { MOST_DOCKERFILE_BYTES, judgeDockerfile } from '../source/index.js';
import type { ModelContents } from '../source/index.js';
import { completeModel } from './complete.js';
import type { FoundContent } from './complete.js';
import { minerRefused } from './problem.js';
import type { Problem } from './problem.js';

/** What model miners work with. */
export interface ModelMinersParts {
  readonly fleet: Pick<FleetReader, 'miner' | 'historyOf'>;
  readonly contents: Pick<ModelContents, 'bring' | 'hold'>;
  readonly content: Pick<ContentStore, 'file'>;
  /** Repositories on the coordinator's own machine. */
  readonly fileUrls: boolean;
}

/** Makes of what users declare of models what instances run, before anything is applied. */
export class ModelMiners {
  readonly #parts: ModelMinersParts;

  constructor(parts: ModelMinersParts) {
    this.#parts = parts;
  }

  /**
   * All specs, those of models complete: their content is brought where it is not there, and kept for a while. Throws
   * `HeadframeError`, and then nothing is to be applied.
   */
  async complete(specs: readonly MinerSpec[], signal: AbortSignal): Promise<readonly MinerSpec[]> {
    if (!specs.some(({ model }) => model !== undefined)) return specs;
    const complete: MinerSpec[] = [];
    // One after another: each may have something fetched.
    for (const spec of specs) complete.push(await this.#complete(spec, signal));
    return complete;
  }

  async #complete(spec: MinerSpec, signal: AbortSignal): Promise<MinerSpec> {
    const { model, name } = spec;
    if (model === undefined) return spec;
    const found = await this.#find(spec, model, signal);
    const wrong = await this.#judgeDockerfile(found.digest, model);
    if (wrong !== undefined) throw minerRefused(name, [wrong]);
    const outcome = completeModel({ ...spec, model }, found);
    if ('problems' in outcome) throw minerRefused(name, outcome.problems);
    return outcome.spec;
  }

  async #find(spec: MinerSpec, model: ModelSpec, signal: AbortSignal): Promise<FoundContent> {
    const { source } = model;
    const { contents } = this.#parts;
    const known = this.#known(spec.name, source);
    if (known !== undefined && (await contents.hold(known.digest)) !== undefined) return known;
    if (source.kind === 'git') this.#requireUrl(spec.name, source.url);
    const brought = await contents.bring(source, signal);
    if (brought !== undefined) return brought;
    const { remedy } = MODEL_REASONS.model_upload_unknown;
    const value = source.kind === 'upload' ? source.content : '';
    const expected = 'an upload that is kept';
    throw minerRefused(spec.name, [
      { reason: 'model_upload_unknown', path: 'model.source.upload', value, expected, remedy },
    ]);
  }

  /** What the miner is or was made of by the very same source, where that can give nothing else. */
  #known(name: string, source: ModelSource): FoundContent | undefined {
    const isFixed = source.kind === 'git' || (source.kind === 'url' && source.digest !== '');
    if (!isFixed) return undefined;
    const { fleet } = this.#parts;
    const specs = [fleet.miner(name)?.spec, ...fleet.historyOf(name).revisions.map(({ spec }) => spec)];
    for (const { model } of specs.flatMap((spec) => (spec === undefined ? [] : [spec])))
      if (model?.build !== undefined && isSame(model.source, source))
        return { source, digest: model.build.content, bytes: model.build.bytes };
    return undefined;
  }

  #requireUrl(miner: string, url: string): void {
    const checked = checkSchema(moduleUrlField(this.#parts), url);
    if ('value' in checked) return;
    const path = 'model.source.git.url';
    const problems = checked.violations.map((one): Problem => ({
      reason: 'manifest_invalid',
      ...one,
      path,
      value: url,
    }));
    throw minerRefused(miner, problems);
  }

  async #judgeDockerfile(digest: string, { dockerfile, source }: ModelSpec): Promise<Problem | undefined> {
    const content = await this.#parts.content.file(digest, dockerfile, MOST_DOCKERFILE_BYTES);
    const path = source.kind === 'text' ? 'model.source.text' : 'model.dockerfile';
    if (content === undefined)
      return {
        ...{
          reason: 'model_dockerfile_missing',
          path,
          value: dockerfile,
          expected: 'the path of a file of the source',
        },
        remedy: MODEL_REASONS.model_dockerfile_missing.remedy,
      };
    const wrong = judgeDockerfile(content.toString('utf8'));
    if (wrong === undefined) return undefined;
    return {
      ...{ reason: 'model_dockerfile_invalid', path, value: dockerfile, expected: `a Dockerfile; ${wrong}` },
      remedy: MODEL_REASONS.model_dockerfile_invalid.remedy,
    };
  }
}

function isSame(before: ModelSource, now: ModelSource): boolean {
  if (before.kind === 'url' && now.kind === 'url') return before.url === now.url && before.digest === now.digest;
  if (before.kind !== 'git' || now.kind !== 'git') return false;
  return before.url === now.url && before.commit === now.commit && before.folder === now.folder;
}
