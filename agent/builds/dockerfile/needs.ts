import { Add, Arg, Copy, DockerfileParser, From, ModifiableInstruction, Onbuild, Run } from 'dockerfile-ast';
import type { Dockerfile, Instruction } from 'dockerfile-ast';
import type { EngineVersion } from './engine-version.js';
import { imagesOf } from './images-of.js';
import { DOCUMENTS_SINCE, RUN_DOCUMENT } from './need-words.js';

/** What in a Dockerfile the classic builder cannot build. */
export interface DockerfileNeed {
  /** As it stands there, such as `RUN --mount`. */
  readonly what: string;
  /** From 1. */
  readonly line: number;
  /** The first engine whose own frontend knows it; undefined for what is not known here. */
  readonly since: EngineVersion | undefined;
}

/** What is to be known of a Dockerfile before its builder is chosen. */
export interface DockerfileFacts {
  /** The frontend that `# syntax=` names, and the line of it. */
  readonly syntax: { readonly image: string; readonly line: number } | undefined;
  readonly needs: readonly DockerfileNeed[];
  /** Mounts of what no build here has: secrets, or an SSH agent. */
  readonly unmet: readonly DockerfileNeed[];
  /** Images that it builds on or copies from, as far as its own ARGs tell them. */
  readonly images: readonly string[];
}

/** Of a Dockerfile that asks for nothing, or cannot be read: the builder says what is wrong with it. */
const NO_FACTS: DockerfileFacts = { syntax: undefined, needs: [], unmet: [], images: [] };

const V20: EngineVersion = [20, 10];
const V23: EngineVersion = [23, 0];

/** Since https://docs.docker.com/build/buildkit/dockerfile-release-notes/ 1.2, 1.3, 1.4 and 1.6, and the engines that have these built in. */
const SINCE: Readonly<Record<string, EngineVersion>> = {
  'RUN --mount': V20,
  'COPY --chmod': V20,
  'ADD --chmod': V20,
  'RUN --network': V23,
  'COPY --link': V23,
  'ADD --link': V23,
  'ADD --checksum': [25, 0],
};

/** Flags of every builder. */
const CLASSIC: Readonly<Record<string, readonly string[]>> = {
  FROM: ['platform'],
  COPY: ['from', 'chown'],
  ADD: ['chown'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
};

/** Only BuildKit gives these values; without it they are empty. */
const PLATFORM = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;

/** Reads what a Dockerfile needs of a builder. `buildArgs` are values of its ARGs. Pure. */
export function readDockerfile(text: string, buildArgs: Readonly<Record<string, string>>): DockerfileFacts {
  let dockerfile: Dockerfile;
  try {
    dockerfile = DockerfileParser.parse(text);
  } catch {
    return NO_FACTS;
  }
  const instructions = dockerfile.getInstructions();
  const syntax = dockerfile.getDirectives().find((one) => one.getName().toLowerCase() === 'syntax');
  return {
    syntax: syntax && { image: syntax.getValue(), line: syntax.getRange().start.line + 1 },
    needs: instructions.flatMap(needsOf),
    unmet: instructions.flatMap(unmetOf),
    images: imagesOf(dockerfile, buildArgs),
  };
}

function needsOf(instruction: Instruction): DockerfileNeed[] {
  const line = lineOf(instruction);
  if (instruction instanceof Onbuild) {
    const trigger = instruction.getTriggerInstruction();
    return trigger === null ? [] : needsOf(trigger).map((need) => ({ ...need, what: `ONBUILD ${need.what}` }));
  }
  const keyword = instruction.getKeyword();
  if (instruction instanceof Arg) return platformArg(instruction, line);
  if (instruction instanceof From && /\$\{?(?:TARGET|BUILD)/.test(instruction.getPlatformFlag()?.getValue() ?? ''))
    return [{ what: 'FROM --platform with a variable of the platform', line, since: V20 }];
  const needs = flagsOf(instruction)
    .filter(({ name }) => CLASSIC[keyword]?.includes(name) !== true)
    .map(({ name }) => ({ what: `${keyword} --${name}`, line, since: SINCE[`${keyword} --${name}`] }));
  const what = instruction instanceof Run ? RUN_DOCUMENT : `${keyword} with a here-document`;
  const heredoc = hasHeredoc(instruction) ? [{ what, line, since: DOCUMENTS_SINCE }] : [];
  return [...needs, ...heredoc];
}

function platformArg(instruction: Arg, line: number): DockerfileNeed[] {
  return instruction.getArguments().flatMap((argument) => {
    const name = argument.getValue();
    return PLATFORM.test(name) ? [{ what: `ARG ${name}`, line, since: V20 }] : [];
  });
}

function unmetOf(instruction: Instruction): DockerfileNeed[] {
  return flagsOf(instruction)
    .filter(({ name }) => name === 'mount')
    .flatMap(({ value }) => /(?:^|,)type=(secret|ssh)(?:,|$)/.exec(value)?.[1] ?? [])
    .map((type) => ({ what: `RUN --mount=type=${type}`, line: lineOf(instruction), since: V20 }));
}

function flagsOf(instruction: Instruction): { readonly name: string; readonly value: string }[] {
  if (!(instruction instanceof ModifiableInstruction)) return [];
  return instruction.getFlags().map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? '' }));
}

function hasHeredoc(instruction: Instruction): boolean {
  if (instruction instanceof Run || instruction instanceof Copy) return instruction.getHeredocs().length > 0;
  return instruction instanceof Add && instruction.getArguments().some((one) => HEREDOC.test(one.getValue()));
}

const HEREDOC = /^\d*<<-?(["']?)[A-Za-z_]\w*\1$/;

function lineOf(instruction: Instruction): number {
  return instruction.getRange().start.line + 1;
}
