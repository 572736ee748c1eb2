import type { ModuleSight } from './module-sight.js';

/** Files that name what a whole project needs, where there is no list of requirements. */
const PROJECT_FILES = ['pyproject.toml', 'setup.py'];
const GENERAL = ['requirements.txt', 'requirements/base.txt', 'requirements/common.txt'];

/**
 * The files that name what a role needs installed, the general one before the role's own: from the root, then from the
 * folders down to its program; else the project's own description.
 */
export function findRequirements(
  role: string,
  entry: string,
  { paths, extraction }: Pick<ModuleSight, 'paths' | 'extraction'>,
): string[] {
  if (entry === 'package.json') return [entry];
  const own = [
    ...[`requirements-${role}.txt`, `requirements_${role}.txt`, `${role}-requirements.txt`, `${role}_requirements.txt`],
    ...[`requirements/${role}.txt`, `requirements.${role}.txt`],
  ];
  const folders = foldersTo(entry);
  const found = folders.flatMap((folder) => [...GENERAL, ...own].map((name) => `${folder}${name}`));
  const elsewhere = extraction.facts.requirements.filter((one) => one.role === role).map(({ file }) => file);
  const there = [...new Set([...found, ...elsewhere])].filter((path) => paths.includes(path));
  return there.length > 0 ? there : PROJECT_FILES.filter((path) => paths.includes(path)).slice(0, 1);
}

/** The root and the folders down to a file, each with its slash: for a/b/c.py '', 'a/', 'a/b/'. */
function foldersTo(path: string): string[] {
  const steps = path.split('/').slice(0, -1);
  return ['', ...steps.map((_step, at) => `${steps.slice(0, at + 1).join('/')}/`)];
}
