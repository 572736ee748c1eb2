import type { ModuleBuild } from '../../../common/model/module-spec.js';
import { runtimeError } from '../../runtime/runtime-error.js';
import type { WrittenFile } from '../build-context.js';
import { chooseBuilder, rewritesDocuments } from './choice.js';
import type { BuilderChoice, BuilderQuestion } from './choice.js';
import type { DockerfileFacts } from './needs.js';
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
  const isRecipe = build.dockerfile === '';
  const dockerfile = isRecipe ? RECIPE_PATH : build.dockerfile;
  const came = isRecipe ? build.recipe : await readText(dockerfile);
  const { facts, text, rewritten } = await read(came ?? '', question, build.buildArgs ?? {});
  const choice = chooseBuilder({ ...question, facts });
  if ('reason' in choice) throw runtimeError(choice.reason, choice.text);
  const { builder, frontend, dropSyntax } = choice;
  const last = dropSyntax === undefined ? text : withoutSyntax(text, dropSyntax);
  const written = isRecipe || last !== (came ?? '') ? { path: dockerfile, text: last } : undefined;
  const why = `${choice.why}${rewritten}`;
  return { builder, why, frontend, dockerfile, written, images: builder === 'buildkit' ? facts.images : [] };
}

interface ReadDockerfile {
  readonly facts: DockerfileFacts;
  /** As its builder is given it. */
  readonly text: string;
  /** What was rewritten, for people; '' for nothing. */
  readonly rewritten: string;
}

async function read(
  text: string,
  question: Omit<BuilderQuestion, 'facts'>,
  buildArgs: Readonly<Record<string, string>>,
): Promise<ReadDockerfile> {
  // A library of its own reads Dockerfiles, which no agent keeps that builds nothing.
  const [{ readDockerfile }, { withoutDocuments }] = await Promise.all([
    import('./needs.js'),
    import('./documents.js'),
  ]);
  const facts = readDockerfile(text, buildArgs);
  const without = rewritesDocuments({ ...question, facts }) ? withoutDocuments(text) : undefined;
  if (without === undefined) return { facts, text, rewritten: '' };
  const rewritten = `; it knows no here-documents: RUN of ${without.lines.map((line) => `line ${String(line)}`).join(', ')} was rewritten`;
  return { facts: readDockerfile(without.text, buildArgs), text: without.text, rewritten };
}
