import type { ModuleSetting } from '../extract/index.js';
import { runnableRoles } from './analysis.js';
import type { Analysis } from './analysis.js';

/** What another commit of a module would change for those who run it. */
export interface ModuleChange {
  readonly what: 'role' | 'program' | 'requirements' | 'setting' | 'file';
  readonly name: string;
  /** '' where it was not there. */
  readonly before: string;
  /** '' where it is gone. */
  readonly after: string;
}

/** More would not be read. */
const MOST_CHANGES = 200;

/** Compares the contents of two commits: first what concerns the roles, then settings, then files. */
export function changesBetween(before: Analysis, after: Analysis): ModuleChange[] {
  const changes = [
    ...compare('role', rolesOf(before), rolesOf(after)),
    ...compare('program', programsOf(before), programsOf(after)),
    ...compare('requirements', requirementsOf(before), requirementsOf(after)),
    ...compare('setting', settingsOf(before), settingsOf(after)),
    ...compare('file', filesOf(before), filesOf(after)),
  ];
  return changes.slice(0, MOST_CHANGES);
}

function compare(
  what: ModuleChange['what'],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ModuleChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name): ModuleChange[] => {
    const [was = '', is = ''] = [before.get(name), after.get(name)];
    if (was === is) return [];
    // Of a file it only matters that it is another.
    return what === 'file'
      ? [{ what, name, before: there(was), after: there(is) }]
      : [{ what, name, before: was, after: is }];
  });
}

function there(text: string): string {
  return text === '' ? '' : 'there';
}

function rolesOf(analysis: Analysis): Map<string, string> {
  return new Map(runnableRoles(analysis).map((role) => [role, 'can be run']));
}

function programsOf({ roles }: Analysis): Map<string, string> {
  return ofProfiles(roles, ({ command, args }) => [...command, ...args].join(' '));
}

function requirementsOf({ roles }: Analysis): Map<string, string> {
  return ofProfiles(roles, ({ requirements }) => requirements.join(', '));
}

function ofProfiles(
  roles: Analysis['roles'],
  textOf: (profile: {
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly requirements: readonly string[];
  }) => string,
): Map<string, string> {
  return new Map(
    [...roles].flatMap(([role, outcome]) => ('profile' in outcome ? [[role, textOf(outcome.profile)] as const] : [])),
  );
}

function settingsOf({ extraction }: Analysis): Map<string, string> {
  return new Map(extraction.settings.map((setting) => [nameOf(setting), settingText(setting)]));
}

function nameOf({ source, name, role, file }: ModuleSetting): string {
  return `${source === 'file' ? `${file}: ` : ''}${name}${role === undefined ? '' : ` (${role})`}`;
}

function settingText({ type, default: preset, required, secret, choices }: ModuleSetting): string {
  const words = [
    type,
    ...(preset === undefined ? [] : [`= ${preset}`]),
    ...(required ? ['required'] : []),
    ...(secret ? ['secret'] : []),
  ];
  return choices.length === 0 ? words.join(' ') : `${words.join(' ')} of ${choices.join('|')}`;
}

/** Files whose text is not read are told apart by being there alone. */
function filesOf({ paths, texts }: Analysis): Map<string, string> {
  return new Map(paths.map((path) => [path, `:${texts.get(path) ?? ''}`]));
}
