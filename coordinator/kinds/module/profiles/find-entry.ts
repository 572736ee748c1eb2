import { editDistance } from '../../../../common/model/schema/index.js';
import type { ModuleEntry } from '../extract/index.js';
import { MODULE_FILE } from './module-file.js';
import type { ProfileMistake } from './role-profile.js';

/** What starts a role. */
export interface RoleProgram {
  /** Path of its file, or of the file that names the command. */
  readonly entry: string;
  readonly command: readonly string[];
}

/** A program, or why there is none. */
export type ProgramOutcome = RoleProgram | { readonly mistake: ProfileMistake };

/** Programs below these folders belong to somebody else, or are for trying out. */
const ASIDE = /(?:^|\/)(?:tests?|docs?|examples?|samples?|scripts|contrib|vendor|third_party|node_modules|\.[^/]+)\//i;
/** What may name a command, the likeliest first; what compose files and images run is inside of their own images. */
const COMMANDS_FROM = ['package', 'procfile', 'script'] as const;
const MOST_ALIKE = 5;

/**
 * Looks for the program of a role: `ROLE.py`, else `ROLE/__main__.py` or `ROLE/main.py`, the one nearest to the root, else a
 * command that the module's package, Procfile or scripts name for it.
 */
export function findProgram(role: string, paths: readonly string[], entries: readonly ModuleEntry[]): ProgramOutcome {
  for (const tail of [`${role}.py`, `${role}/__main__.py`, `${role}/main.py`]) {
    const candidates = named(tail, paths);
    const [first, second] = candidates;
    if (first === undefined) continue;
    if (second === undefined || depthOf(first) < depthOf(second)) return pythonProgram(first);
    return {
      mistake: ambiguous(
        role,
        candidates.filter((path) => depthOf(path) === depthOf(first)),
      ),
    };
  }
  for (const from of COMMANDS_FROM) {
    const found = entries.find((entry) => entry.role === role && entry.from === from);
    if (found !== undefined) return { entry: found.file, command: found.command };
  }
  return { mistake: missing(role, lookingLike(role, paths)) };
}

/** A Python program, started so that what it prints is seen at once. */
export function pythonProgram(path: string): RoleProgram {
  return { entry: path, command: ['python', '-u', path] };
}

/** Files whose names are nearly that of the role's program, the likeliest first. */
export function lookingLike(role: string, paths: readonly string[]): string[] {
  return paths
    .filter((path) => path.endsWith('.py'))
    .map((path) => ({ path, far: distanceOf(role, path) }))
    .filter(({ far }) => far <= Math.max(1, Math.floor(role.length / 3)))
    .sort((a, b) => a.far - b.far || depthOf(a.path) - depthOf(b.path) || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_ALIKE)
    .map(({ path }) => path);
}

/** Of the words of a file's name the one that is nearest to the role; another folder is a small fault. */
function distanceOf(role: string, path: string): number {
  const stem = (path.split('/').at(-1) ?? '').replace(/\.py$/, '').toLowerCase();
  if (stem.length > 60) return Infinity;
  return Math.min(...[stem, ...stem.split(/[_.-]+/)].map((word) => editDistance(role, word)));
}

function named(tail: string, paths: readonly string[]): string[] {
  return paths
    .filter((path) => (path === tail || path.endsWith(`/${tail}`)) && !ASIDE.test(path))
    .sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1));
}

function depthOf(path: string): number {
  return path.split('/').length;
}

function ambiguous(role: string, found: readonly string[]): ProfileMistake {
  return {
    code: 'role_entry_ambiguous',
    text: `The module has several programs for the role ${role}: ${found.slice(0, MOST_ALIKE).join(', ')}.`,
    remedy: `Say which one by roles.${role}.entry in ${MODULE_FILE} in the root of the module.`,
    found: found.slice(0, MOST_ALIKE),
    violations: [],
  };
}

function missing(role: string, alike: readonly string[]): ProfileMistake {
  const found = alike.length === 0 ? 'nothing looks like one' : `these look alike: ${alike.join(', ')}`;
  return {
    code: 'role_entry_missing',
    text: `The module has no ${role}.py, and names no command for the role; ${found}.`,
    remedy: `Say which program it is by roles.${role}.entry in ${MODULE_FILE} in the root of the module.`,
    found: alike,
    violations: [],
  };
}
