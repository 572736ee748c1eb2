import { createHash } from 'node:crypto';
import type { ModuleBuild } from '../../../../common/model/module-spec.js';
import type { RoleProfile } from '../profiles/index.js';
import type { Problem } from './problem.js';

/** Images on which generated recipes build, by language. */
export interface BaseImages {
  readonly python: string;
}

/** Neither root nor anybody of the host. */
const USER = '10001:10001';
const FOLDER = '/module';
const PYTHON_PROJECT = /(?:^|\/)(?:pyproject\.toml|setup\.py)$/;

/** How the image of a role is built: by the Dockerfile that the module has for it, else by a recipe of our own. Pure. */
export function recipeOf(
  profile: Pick<RoleProfile, 'role' | 'command' | 'requirements'>,
  paths: readonly string[],
  bases: BaseImages,
): Pick<ModuleBuild, 'dockerfile' | 'recipe' | 'base'> | Problem {
  const dockerfile = ownDockerfile(profile.role, paths);
  if (dockerfile !== undefined) return { dockerfile, recipe: '', base: '' };
  if (!isPython(profile, paths)) return unknownRuntime(profile);
  return { dockerfile: '', recipe: generated(profile.requirements, bases.python), base: bases.python };
}

/** Name of the image that is made of a module for a role: another one for whatever is built otherwise. */
export function imageNameOf(module: string, role: string, build: ModuleBuild): string {
  const facts = JSON.stringify([build.content, build.dockerfile, build.recipe]);
  return `headframe/module-${module}:${createHash('sha256').update(facts).digest('hex').slice(0, 12)}-${role}`;
}

/** One that is called after the role goes before that of the whole module. */
function ownDockerfile(role: string, paths: readonly string[]): string | undefined {
  const named = [`Dockerfile.${role}`, `Dockerfile-${role}`, `${role}.Dockerfile`, `${role}.dockerfile`];
  const foldered = [`docker/Dockerfile.${role}`, `docker/${role}/Dockerfile`, `${role}/Dockerfile`, 'Dockerfile'];
  return [...named, ...foldered].find((path) => paths.includes(path));
}

function isPython({ command, requirements }: Pick<RoleProfile, 'command' | 'requirements'>, paths: readonly string[]) {
  const [program = ''] = command;
  if (/^python[\d.]*$/.test(program)) return true;
  const installs = requirements.some((path) => path.endsWith('.txt') || PYTHON_PROJECT.test(path));
  return installs || paths.includes(program.replace(/^\.\//, ''));
}

/** Requirements may name each other and files of the module, so that they are installed once all of it is there. */
function generated(requirements: readonly string[], base: string): string {
  const lists = requirements.filter((path) => !PYTHON_PROJECT.test(path)).flatMap((path) => ['-r', path]);
  const projects = requirements.filter((path) => PYTHON_PROJECT.test(path)).map(folderOf);
  const wanted = [...lists, ...projects];
  const install = ['python', '-m', 'pip', 'install', '--no-cache-dir', '--no-input', '--disable-pip-version-check'];
  return [
    `FROM ${base}`,
    `ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=${FOLDER}`,
    `COPY --chown=${USER} . ${FOLDER}`,
    `WORKDIR ${FOLDER}`,
    ...(wanted.length === 0 ? [] : [`RUN ${JSON.stringify([...install, ...wanted])}`]),
    `USER ${USER}`,
    '',
  ].join('\n');
}

function folderOf(path: string): string {
  return path.includes('/') ? `./${path.slice(0, path.lastIndexOf('/'))}` : '.';
}

function unknownRuntime({ role, command }: Pick<RoleProfile, 'role' | 'command'>): Problem {
  return {
    ...{ reason: 'module_runtime_unknown', path: 'module.role', value: role },
    expected: `a role in Python, or a module with a Dockerfile; this one runs ${command.slice(0, 8).join(' ')}`,
    remedy: `Have its author add a Dockerfile.${role} to the module.`,
  };
}
