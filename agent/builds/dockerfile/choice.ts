import type { BuildReason } from '../../../common/model/build-reasons.js';
import type { BuilderName, EngineBuilders } from '../../images/index.js';
import { isSince } from './engine-version.js';
import { DOCUMENTS_SINCE, RUN_DOCUMENT } from './need-words.js';
import type { DockerfileFacts, DockerfileNeed } from './needs.js';

/** Which builder an operator lets build: whichever fits, or one of them alone. */
export type BuilderSetting = 'auto' | BuilderName;

/** By what a Dockerfile is built. */
export interface BuilderChoice {
  readonly builder: BuilderName;
  /** For the first line of its log. */
  readonly why: string;
  /** The frontend that `# syntax=` names where it is taken; '' for the engine's own. */
  readonly frontend: string;
  /** Line of a `# syntax=` that is left aside; undefined where there is none to be. */
  readonly dropSyntax: number | undefined;
}

/** Why it is not built. */
export interface BuilderRefusal {
  readonly reason: BuildReason;
  readonly text: string;
}

/** What the choice is made of. */
export interface BuilderQuestion {
  readonly setting: BuilderSetting;
  readonly facts: DockerfileFacts;
  readonly engine: EngineBuilders;
}

/** The frontend whose versions engines have built in; a digest asks for that very one. */
const OWN_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?::[\w.-]+)?$/;

/**
 * Chooses the builder of a Dockerfile. The classic one bounds each step by the engine itself and leaves no cache, so that it
 * builds what it can; BuildKit what asks for it. Pure.
 */
export function chooseBuilder(question: BuilderQuestion): BuilderChoice | BuilderRefusal {
  const { setting, facts, engine } = question;
  const [unmet] = facts.unmet;
  if (unmet !== undefined)
    return { reason: 'build_mount_unknown', text: `${shown(unmet)}: no build is given secrets or an SSH agent` };
  const asking = askingForBuildkit(facts);
  if (setting === 'classic' || (setting === 'auto' && (asking === undefined || cannot(question)))) {
    const [need] = facts.needs;
    if (need === undefined)
      return { builder: 'classic', why: whyClassic(question), frontend: '', dropSyntax: undefined };
    const why = setting === 'classic' ? 'builds.builder is classic' : engine.noBuildkit;
    return { reason: 'build_needs_buildkit', text: `${shown(need)} is for BuildKit alone, and ${why}` };
  }
  if (engine.noBuildkit !== '')
    return { reason: 'build_needs_buildkit', text: `builds.builder is buildkit, and ${engine.noBuildkit}` };
  return withFrontend(question, asking ?? 'builds.builder is buildkit');
}

/** Whether here-documents of RUN are to be rewritten, for a builder that knows none; frontends of others are given what came. Pure. */
export function rewritesDocuments({ setting, facts, engine }: BuilderQuestion): boolean {
  if (facts.syntax !== undefined && !OWN_FRONTEND.test(facts.syntax.image)) return false;
  const isKnown = setting !== 'classic' && engine.noBuildkit === '' && isSince(engine.version, DOCUMENTS_SINCE);
  return !isKnown && facts.needs.some(({ what }) => what === RUN_DOCUMENT);
}

function cannot({ engine }: BuilderQuestion): boolean {
  return engine.noBuildkit !== '';
}

/** What asks for BuildKit; undefined where nothing does. Frontends of others may read another language. */
function askingForBuildkit({ needs, syntax }: DockerfileFacts): string | undefined {
  const [need] = needs;
  if (need !== undefined) return `${shown(need)} asks for it`;
  if (syntax === undefined || OWN_FRONTEND.test(syntax.image.split('@')[0] ?? '')) return undefined;
  return `line ${String(syntax.line)}: # syntax=${syntax.image} asks for it`;
}

function whyClassic({ setting, facts, engine }: BuilderQuestion): string {
  if (setting === 'classic') return 'built by the classic builder: builds.builder is classic';
  if (askingForBuildkit(facts) === undefined)
    return 'built by the classic builder: nothing in the Dockerfile asks for BuildKit';
  return `built by the classic builder, which takes # syntax= for a comment: ${engine.noBuildkit}`;
}

function withFrontend({ facts, engine }: BuilderQuestion, asking: string): BuilderChoice | BuilderRefusal {
  const { syntax, needs } = facts;
  const beyond = needs.find(({ since }) => since === undefined || !isSince(engine.version, since));
  const why = `built by BuildKit of engine ${engine.version}: ${asking}`;
  if (syntax === undefined) {
    // What is not known here may be known there.
    if (beyond?.since === undefined) return { builder: 'buildkit', why, frontend: '', dropSyntax: undefined };
    const wanted = beyond.since.map(String).join('.').replace(/\.0$/, '');
    const text = `${shown(beyond)} is known to engines from ${wanted} on, this one is ${engine.version}, and no # syntax= names a frontend that knows it`;
    return { reason: 'build_syntax_unknown', text };
  }
  const named = `# syntax=${syntax.image} of line ${String(syntax.line)}`;
  if (beyond === undefined && OWN_FRONTEND.test(syntax.image)) {
    const left = `${named} is left to the engine's own frontend, which knows all that is used`;
    return { builder: 'buildkit', why: `${why}; ${left}`, frontend: '', dropSyntax: syntax.line };
  }
  return {
    builder: 'buildkit',
    why: `${why}; ${named} is its frontend`,
    frontend: syntax.image,
    dropSyntax: undefined,
  };
}

function shown({ what, line }: DockerfileNeed): string {
  return `line ${String(line)}: ${what}`;
}
