import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../common/model/clock.js';
import type { ModuleBuild } from '../../common/model/module-spec.js';
import type { Workload } from '../../common/model/workload.js';
import { formatDuration } from '../../common/model/units.js';
import type { Logger } from '../../common/observe/logger.js';
import { toHeadframeError } from '../../common/model/error.js';
import { isBuildReason } from '../../common/model/build-reasons.js';
import type { BuildReason } from '../../common/model/build-reasons.js';
import { Flights, buildImage } from '../images/index.js';
import type { BuildLimits, ImageEngine, ImagePuller, ProgressListener, Underway } from '../images/index.js';
import { Lane } from '../runtime/lane.js';
import type { OutputChunk } from '../runtime/runtime.js';
import { runtimeError } from '../runtime/runtime-error.js';
import { BuildLogs } from './build-logs.js';
import type { BuildWriter } from './build-logs.js';
import { buildContext } from './build-context.js';
import { fetchContent } from './content.js';
import type { ContentSource } from './content.js';
import type { BuilderSetting } from './dockerfile/choice.js';
import { planBuild } from './dockerfile/plan.js';
import type { BuildPlan } from './dockerfile/plan.js';
import { textInArchive } from './dockerfile/read-file.js';

/** What one build may take of its host, and what builds it. */
export interface BuildRules extends BuildLimits {
  readonly timeoutMs: number;
  readonly builder: BuilderSetting;
}

/** What builds work with. */
export interface ModuleBuilderParts {
  readonly engine: ImageEngine;
  readonly puller: Pick<ImagePuller, 'ensure'>;
  readonly contents: ContentSource;
  /** Folder for archives while they are built from. */
  readonly folder: string;
  readonly rules: BuildRules;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is to be built, and how it is called. */
interface WantedImage {
  readonly tag: string;
  readonly build: ModuleBuild;
}

/** Of the output of a build that is told with its failure. */
const LAST_LINES = 8;
/** Characters, with those of what failed far fewer than a report keeps. */
const MOST_LAST = 700;
const LONGEST_LINE = 300;
/** One at a time: they take what the host has to spare, which is not known to be more. */
const BUILDS_AT_ONCE = 1;

/** Makes the images of modules and models present: each is built once, however many instances ask for it. */
export class ModuleBuilder {
  readonly #parts: ModuleBuilderParts;
  readonly #flights = new Flights();
  readonly #lane = new Lane(BUILDS_AT_ONCE);
  readonly #logs = new BuildLogs();
  #cleaned: Promise<void> | undefined;

  constructor(parts: ModuleBuilderParts) {
    this.#parts = parts;
  }

  /**
   * Makes the image of a workload present. Throws HeadframeError: that of a build, with the last lines of its output,
   * `module_content_lost`, `disk_full`, what pulling the base throws, and what the coordinator says of the content.
   */
  async ensure(
    { container, build }: Pick<Workload, 'container'> & { readonly build: ModuleBuild },
    listener: ProgressListener,
    signal: AbortSignal,
  ): Promise<void> {
    const tag = container.image;
    // What is called so is built of the same: its name has the digest of all that goes in.
    if ((await this.#parts.engine.find(tag, signal)) !== undefined) return;
    await this.#flights.join(tag, listener, signal, (underway) =>
      this.#lane.run(underway.controller.signal, () => this.#build({ tag, build }, underway)),
    );
  }

  /** What the last build of an image said. Throws HeadframeError ('build_log_unknown'). */
  log(image: string, follow: boolean, signal: AbortSignal): AsyncIterable<OutputChunk> {
    return this.#logs.read(image, follow, signal);
  }

  async #build({ tag, build }: WantedImage, underway: Underway): Promise<void> {
    const { engine, puller, contents, folder, clock, logger, rules } = this.#parts;
    const { signal } = underway.controller;
    const log = this.#logs.begin(tag);
    const output = new Output(underway, log);
    // What an agent that crashed has left there is nobody's.
    await (this.#cleaned ??= emptied(folder));
    const scratch = await mkdtemp(join(folder, 'build-'));
    const begunMs = clock.monotonicMs();
    const cancel = clock.setTimer(() => {
      underway.controller.abort(
        output.failure('build_too_long', `it took longer than ${formatDuration(rules.timeoutMs)}`),
      );
    }, rules.timeoutMs);
    try {
      if (build.base !== '')
        await puller.ensure(build.base, 'ifNotPresent', (progress) => output.pass(progress), signal);
      const file = join(scratch, 'content.tar');
      output.pass({ activity: 'build', doneBytes: 0, totalBytes: 0, text: 'what it is built of is fetched' });
      await fetchContent(contents, { digest: build.content, bytes: build.bytes }, file, signal);
      const plan = await this.#plan(file, build, signal);
      output.line(plan.why);
      await this.#fetchImages(plan, output, signal);
      const context = buildContext(file, plan.written, (path) => output.line(`left out of the image: ${path}`));
      const { builder, dockerfile } = plan;
      const labels = { 'headframe.content': build.content };
      const { buildArgs } = build;
      const request = { context, dockerfile, tag, labels, buildArgs, limits: rules, builder };
      const imageId = await buildImage(engine, request, (line) => output.line(line), signal);
      log.line(`made ${imageId}`);
      logger.info({ image: tag, imageId, ms: Math.round(clock.monotonicMs() - begunMs) }, 'an image was built');
    } catch (error) {
      signal.throwIfAborted();
      const { reason, message } = toHeadframeError(error);
      log.line(`failed: ${message}`);
      throw isBuildReason(reason) ? output.failure(reason, message) : error;
    } finally {
      log.end();
      cancel();
      await rm(scratch, { recursive: true, force: true });
    }
  }

  async #plan(file: string, build: ModuleBuild, signal: AbortSignal): Promise<BuildPlan> {
    const engine = await this.#parts.engine.builders(signal);
    const readText = (path: string): Promise<string | undefined> => textInArchive(file, path, signal);
    return planBuild({ setting: this.#parts.rules.builder, engine, build, readText });
  }

  /** BuildKit logs in to no registry without a session; an image of a stage that it leaves out may be missing. */
  async #fetchImages({ images, frontend }: BuildPlan, output: Output, signal: AbortSignal): Promise<void> {
    const ensure = (image: string): Promise<void> =>
      this.#parts.puller.ensure(image, 'ifNotPresent', (progress) => output.pass(progress), signal);
    for (const image of images)
      await ensure(image).catch((error: unknown) => {
        signal.throwIfAborted();
        output.line(`${image} could not be fetched beforehand: ${toHeadframeError(error).message}`);
      });
    if (frontend === '') return;
    await ensure(frontend).catch((error: unknown) => {
      signal.throwIfAborted();
      throw runtimeError('build_frontend_missing', `# syntax=${frontend}: ${toHeadframeError(error).message}`);
    });
  }
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** What a build says, as those hear it who wait for it. */
class Output {
  readonly #listeners: Underway['listeners'];
  readonly #log: BuildWriter;
  #last: string[] = [];

  constructor({ listeners }: Underway, log: BuildWriter) {
    this.#listeners = listeners;
    this.#log = log;
  }

  line(text: string): void {
    this.#log.line(text);
    const line = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE - 1)}…` : text;
    this.#last = [...this.#last, line].slice(-LAST_LINES);
    this.pass({ activity: 'build', doneBytes: 0, totalBytes: 0, text: line });
  }

  pass(progress: Parameters<ProgressListener>[0]): void {
    for (const listener of this.#listeners) listener(progress);
  }

  failure(reason: BuildReason, text: string): Error {
    // The last of them tell most.
    const lines = this.#last.join(' | ').slice(-MOST_LAST);
    return runtimeError(reason, `${text}${lines === '' ? '' : `; last lines: ${lines}`}`);
  }
}
