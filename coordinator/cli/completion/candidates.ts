import type { Argument, Command, Option } from 'commander';

/** What names can stand where the cursor is; they are asked of the fleet. */
export type NameKind = 'miner' | 'host' | 'instance' | 'context' | 'namespace';

/** What can stand where the cursor is: words that are known, and a kind of names. Neither means files. */
export interface Candidates {
  readonly words: readonly string[];
  readonly names?: NameKind;
}

const NAME_KINDS: ReadonlySet<string> = new Set<NameKind>(['miner', 'host', 'instance', 'context', 'namespace']);
const NONE: Candidates = { words: [] };

/** What can follow these words of a command line; the last one is being typed and may be ''. */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const typed = words.at(-1) ?? '';
  const place = walk(program, words.slice(0, -1));
  if (place.literal) return NONE;
  if (place.pending !== undefined) return valueCandidates(place.pending, typed);
  if (typed.startsWith('-')) return { words: startingWith(typed, optionNames(place.path)) };
  const command = place.path.at(-1) ?? program;
  if (command.commands.length > 0) return { words: startingWith(typed, visibleNames(command)) };
  const declared = command.registeredArguments;
  const argument = declared[place.positionals] ?? declared.findLast(({ variadic }) => variadic);
  return argument === undefined ? NONE : valueCandidates(argument, typed);
}

interface Place {
  /** The commands from the program down to the one that is being written. */
  readonly path: readonly Command[];
  /** An option that waits for its value. */
  readonly pending: Option | undefined;
  readonly positionals: number;
  /** After `--`. */
  readonly literal: boolean;
}

function walk(program: Command, words: readonly string[]): Place {
  let place: Place = { path: [program], pending: undefined, positionals: 0, literal: false };
  for (const word of words) place = step(place, word);
  return place;
}

function step(place: Place, word: string): Place {
  if (place.literal) return place;
  if (place.pending !== undefined) return { ...place, pending: undefined };
  if (word === '--') return { ...place, literal: true };
  if (word.startsWith('-')) {
    const option = word.includes('=') ? undefined : optionNamed(place.path, word);
    return { ...place, pending: option?.required === true ? option : undefined };
  }
  const inner = place.path.at(-1)?.commands.find((command) => command.name() === word);
  if (inner !== undefined) return { ...place, path: [...place.path, inner], positionals: 0 };
  return { ...place, positionals: place.positionals + 1 };
}

function optionNamed(path: readonly Command[], word: string): Option | undefined {
  return path.flatMap(({ options }) => options).find(({ long, short }) => long === word || short === word);
}

function optionNames(path: readonly Command[]): string[] {
  return [...path.flatMap(({ options }) => options).flatMap(({ long }) => long ?? []), '--help'];
}

function visibleNames(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((inner) => inner.name());
}

function valueCandidates(holder: Argument | Option, typed: string): Candidates {
  const words = startingWith(typed, holder.argChoices ?? []);
  const name = 'long' in holder ? holder.attributeName() : holder.name();
  return isNameKind(name) ? { words, names: name } : { words };
}

function isNameKind(name: string): name is NameKind {
  return NAME_KINDS.has(name);
}

function startingWith(typed: string, words: readonly string[]): string[] {
  return words.filter((word) => word.startsWith(typed));
}
