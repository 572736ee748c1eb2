import type { ModuleBuild } from '../../../common/model/module-spec.js';
import { runtimeError } from '../../runtime/runtime-error.js';
import type { WrittenFile } from '../build-context.js';
import { chooseBuilder } from './choice.js';
import type { BuilderChoice, BuilderQuestion } from './choice.js';
import { withoutSyntax } from './without-syntax.js';

/** Path of a generated Dockerfile within its context. */
const RECIPE_PATH = 'Dockerfile.headframe';

/** How an image is built. */
export interface BuildPlan extends Pick<BuilderChoice, 'builder' | 'why' | 'frontend'> {
  /** Path of the Dockerfile within the context. */
  readonly dockerfile: string;
  /** Written there in place of what came, if anything is. */
  readonly written: WrittenFile | undefined;
  /** Images that the builder cannot fetch by itself where they ask who fetches them. */
  readonly images: readonly string[];
}

type PlanQuestion = Omit<BuilderQuestion, 'facts'> & {
  readonly build: Pick<ModuleBuild, 'dockerfile' | 'recipe' | 'buildArgs'>;
  /** Reads the Dockerfile of the context; undefined where there is none, of which the builder then tells. */
  readonly readText: (path: string) => Promise<string | undefined>;
};

/** Plans a build by its Dockerfile. Throws HeadframeError for one that cannot be built on this host. */
export async function planBuild({ build, readText, ...question }: PlanQuestion): Promise<BuildPlan> {
  // A library of its own reads Dockerfiles, which no agent keeps that builds nothing.
  const { NO_FACTS, readDockerfile } = await import('./needs.js');
  const recipe = build.dockerfile === '' ? { path: RECIPE_PATH, text: build.recipe } : undefined;
  const dockerfile = recipe?.path ?? build.dockerfile;
  const text = recipe?.text ?? (await readText(dockerfile));
  const facts = text === undefined ? NO_FACTS : readDockerfile(text, build.buildArgs ?? {});
  const choice = chooseBuilder({ ...question, facts });
  if ('reason' in choice) throw runtimeError(choice.reason, choice.text);
  const { builder, why, frontend, dropSyntax } = choice;
  const isRewritten = text !== undefined && dropSyntax !== undefined;
  const written = isRewritten ? { path: dockerfile, text: withoutSyntax(text, dropSyntax) } : recipe;
  return { builder, why, frontend, dockerfile, written, images: builder === 'buildkit' ? facts.images : [] };
}
