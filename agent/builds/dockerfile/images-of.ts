import { Copy, From, Run } from 'dockerfile-ast';
import type { Dockerfile, Instruction } from 'dockerfile-ast';

/** A Dockerfile has fewer; what is beyond is left to the builder. */
const MOST_IMAGES = 32;
const LONGEST_NAME = 512;
const VARIABLE = /\$(?:\{([A-Za-z_]\w*)(?::?-([^{}]*))?\}|([A-Za-z_]\w*))/g;

/**
 * The images that a Dockerfile builds on or copies from, each once and in order: stages of its own, `scratch`, and names that
 * its ARGs do not tell are left out. Pure.
 */
export function imagesOf(dockerfile: Dockerfile, buildArgs: Readonly<Record<string, string>>): string[] {
  const values = new Map<string, string>();
  const stages = new Set<string>(['scratch']);
  const images = new Set<string>();
  let isFirst = true;
  let count = 0;
  for (const instruction of dockerfile.getInstructions()) {
    if (isFirst && instruction.getKeyword() === 'ARG') remember(values, instruction, buildArgs);
    for (const name of namesIn(instruction)) {
      const image = expanded(name, values);
      if (image !== undefined && !stages.has(image.toLowerCase()) && images.size < MOST_IMAGES) images.add(image);
    }
    if (!(instruction instanceof From)) continue;
    isFirst = false;
    stages.add(String(count));
    count += 1;
    const stage = instruction.getBuildStage();
    if (stage !== null) stages.add(stage.toLowerCase());
  }
  return [...images];
}

function namesIn(instruction: Instruction): string[] {
  if (instruction instanceof From) return [instruction.getImage() ?? ''];
  if (instruction instanceof Copy) return [instruction.getFromFlag()?.getValue() ?? ''];
  if (!(instruction instanceof Run)) return [];
  return instruction.getFlags().flatMap((flag) => {
    const from = /(?:^|,)from=([^,]+)/.exec(flag.getName() === 'mount' ? (flag.getValue() ?? '') : '');
    return from?.[1] ?? [];
  });
}

function remember(values: Map<string, string>, arg: Instruction, buildArgs: Readonly<Record<string, string>>): void {
  for (const argument of arg.getArguments()) {
    const [, name, , value] = /^([A-Za-z_]\w*)(?:=(["']?)(.*)\2)?$/.exec(argument.getValue()) ?? [];
    if (name === undefined) continue;
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : value && expanded(value, values);
    if (given !== undefined) values.set(name, given);
  }
}

/** Undefined where a value is not known, or nothing is left. */
function expanded(text: string, values: ReadonlyMap<string, string>): string | undefined {
  let isKnown = text !== '' && text.length <= LONGEST_NAME;
  const whole = text.replace(VARIABLE, (_, braced?: string, standard?: string, bare?: string) => {
    const value = values.get(braced ?? bare ?? '') || standard;
    isKnown &&= value !== undefined;
    return value ?? '';
  });
  return isKnown && whole !== '' && !whole.includes('$') ? whole : undefined;
}
