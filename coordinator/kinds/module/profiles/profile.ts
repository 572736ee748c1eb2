import type { ModuleSetting } from '../extract/index.js';
import { findProgram, lookingLike, pythonProgram } from './find-entry.js';
import type { ProgramOutcome } from './find-entry.js';
import { findRequirements } from './find-requirements.js';
import { MODULE_FILE } from './module-file.js';
import type { DeclaredRole, ReadModuleFile } from './module-file.js';
import type { ModuleSight } from './module-sight.js';
import { portsOf } from './ports.js';
import type { ChainDuty, ProfileMistake, ProfileOutcome, RoleProfile, RoleVariable } from './role-profile.js';

/** Roles that a module may have without saying so, and what each does on a chain. */
const USUAL: ReadonlyMap<string, readonly ChainDuty[]> = new Map([
  ['miner', ['register', 'serve']],
  ['validator', ['register', 'stake', 'weights']],
]);

const MOST_FOUND = 5;

/** Roles that a module declares, and the usual ones; not all of them have to be there. */
export function rolesOf({ declared }: Pick<ModuleSight, 'declared'>): string[] {
  return [...new Set([...USUAL.keys(), ...Object.keys(declared.value?.roles ?? {})])].sort();
}

/** How the module runs as a role, or why it cannot. */
export function profileOf(role: string, sight: ModuleSight): ProfileOutcome {
  const { declared, paths } = sight;
  if (declared.violations.length > 0) return { mistake: invalidFile(declared) };
  const roles: Readonly<Record<string, DeclaredRole>> = declared.value?.roles ?? {};
  const said = Object.hasOwn(roles, role) ? roles[role] : undefined;
  const program = programOf(role, said, sight);
  if ('mistake' in program) return program;
  const requirements = said?.requirements ?? findRequirements(role, program.entry, sight);
  const lost = requirements.filter((path) => !paths.includes(path));
  if (lost.length > 0) return { mistake: lostRequirements(role, lost, paths) };
  return { profile: { role, ...program, requirements, ...equipmentOf(role, said, sight) } };
}

type Equipment = Omit<RoleProfile, 'role' | 'entry' | 'command' | 'requirements'>;

/** All but the program of a role: what is declared of it goes before what was read. */
function equipmentOf(role: string, said: DeclaredRole | undefined, { extraction }: ModuleSight): Equipment {
  const settings = ofRole(role, extraction.settings);
  const usual = { duties: USUAL.get(role) ?? [], ports: portsOf(ofRole(role, extraction.ports), settings) };
  const options = settings.filter(({ source }) => source === 'option');
  if (said === undefined)
    return { ...usual, options, args: [], environment: [...variablesOf(settings).values()].sort(byName) };
  const variables = variablesOf(settings);
  for (const [name, { required, secret, default: preset, description }] of Object.entries(said.environment))
    variables.set(name, { name, required, secret, default: preset, description, at: `${MODULE_FILE}: roles.${role}` });
  return {
    options,
    args: said.args,
    environment: [...variables.values()].sort(byName),
    ports: said.ports?.map((port) => ({ ...port, at: MODULE_FILE })) ?? usual.ports,
    duties: said.duties ?? usual.duties,
  };
}

/** What concerns a role: its own, and what all roles share. */
function ofRole<T extends { readonly role: string | undefined }>(role: string, all: readonly T[]): T[] {
  return all.filter((one) => one.role === undefined || one.role === role);
}

function programOf(role: string, said: DeclaredRole | undefined, { paths, extraction }: ModuleSight): ProgramOutcome {
  if (said?.entry !== undefined) {
    if (!paths.includes(said.entry)) return { mistake: lostEntry(role, said.entry, paths) };
    const { entry, command } = pythonProgram(said.entry);
    return { entry, command: said.command ?? command };
  }
  if (said?.command !== undefined) return { entry: '', command: said.command };
  return findProgram(role, paths, extraction.entries);
}

/** Variables by name. Of several places that read one, whoever needs it or takes it for a secret is believed. */
function variablesOf(settings: readonly ModuleSetting[]): Map<string, RoleVariable> {
  const variables = new Map<string, RoleVariable>();
  for (const setting of settings) {
    if (setting.source !== 'environment') continue;
    const { name, required, secret, default: preset, description, file, line } = setting;
    const variable = { name, required, secret, default: preset, description, at: `${file}:${line}` };
    const before = variables.get(name);
    variables.set(name, before === undefined ? variable : both(before, variable));
  }
  return variables;
}

function both(first: RoleVariable, second: RoleVariable): RoleVariable {
  return {
    ...first,
    required: first.required || second.required,
    secret: first.secret || second.secret,
    default: first.default ?? second.default,
    description: first.description || second.description,
  };
}

function byName(a: RoleVariable, b: RoleVariable): number {
  return a.name < b.name ? -1 : 1;
}

function invalidFile({ violations }: ReadModuleFile): ProfileMistake {
  const said = violations.map(({ path, expected }) => `${path === '' ? 'the file' : path}: expected ${expected}`);
  return {
    code: 'module_file_invalid',
    text: `${MODULE_FILE} is not valid: ${said.slice(0, MOST_FOUND).join('; ')}.`,
    remedy: `Correct ${MODULE_FILE} in the root of the module.`,
    found: [MODULE_FILE],
    violations,
  };
}

function lostEntry(role: string, entry: string, paths: readonly string[]): ProfileMistake {
  const name = entry.split('/').at(-1) ?? entry;
  const same = paths.filter((path) => path.endsWith(`/${name}`) || path === name);
  const found = [...new Set([...same, ...lookingLike(role, paths)])].slice(0, MOST_FOUND);
  return {
    code: 'role_entry_not_found',
    text: `${MODULE_FILE} names ${entry} for the role ${role}, which the module does not have${likely(found)}.`,
    remedy: `Correct roles.${role}.entry in ${MODULE_FILE}.`,
    found,
    violations: [],
  };
}

function lostRequirements(role: string, lost: readonly string[], paths: readonly string[]): ProfileMistake {
  const found = paths
    .filter((path) => /requirements[^/]*\.txt$|requirements\/[^/]*\.txt$/.test(path))
    .slice(0, MOST_FOUND);
  return {
    code: 'role_requirements_not_found',
    text: `${MODULE_FILE} names ${lost.join(', ')} for the role ${role}, which the module does not have${likely(found)}.`,
    remedy: `Correct roles.${role}.requirements in ${MODULE_FILE}.`,
    found,
    violations: [],
  };
}

function likely(found: readonly string[]): string {
  return found.length === 0 ? '' : `; these are there: ${found.join(', ')}`;
}
