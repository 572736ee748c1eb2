import type { Extraction } from '../extract/index.js';
import { MODULE_FILE, profileOf, readModuleFile, rolesOf } from '../profiles/index.js';
import type { ModuleSight, ProfileOutcome } from '../profiles/index.js';
import type { SourceFile } from '../../../contents/index.js';

/** Reads settings and more from the texts of a module's files, by path. */
export type Extract = (texts: ReadonlyMap<string, string>) => Extraction | Promise<Extraction>;

/** All that is known of a module's content. */
export interface Analysis extends ModuleSight {
  readonly texts: ReadonlyMap<string, string>;
  /** By role, those included that cannot be run, where they are usual or declared. */
  readonly roles: ReadonlyMap<string, ProfileOutcome>;
}

/** Larger files are no programs and no settings. */
const LARGEST_TEXT = 2 ** 20;
const MOST_TEXT = 32 * 2 ** 20;

/** Finds out what a module's files say. */
export async function analyse(files: readonly SourceFile[], extract: Extract): Promise<Analysis> {
  const texts = textsOf(files);
  const sight = {
    paths: files.map(({ path }) => path),
    declared: readModuleFile(texts.get(MODULE_FILE)),
    extraction: await extract(texts),
  };
  return { ...sight, texts, roles: new Map(rolesOf(sight).map((role) => [role, profileOf(role, sight)])) };
}

/** Roles that a module can run as. */
export function runnableRoles({ roles }: Pick<Analysis, 'roles'>): string[] {
  return [...roles].filter(([, outcome]) => 'profile' in outcome).map(([role]) => role);
}

/** The version that a module declares, its ref names, or its package states; else the beginning of the commit. */
export function versionOf({ declared, texts }: Analysis, ref: string, commit: string): string {
  if (declared.value?.version !== undefined) return declared.value.version;
  if (/^v?\d+(?:\.\d+)+[\w.+-]{0,40}$/.test(ref)) return ref;
  for (const [file, pattern] of VERSION_LINES) {
    const version = pattern.exec(texts.get(file) ?? '')?.[1];
    if (version !== undefined) return version;
  }
  return commit.slice(0, 12);
}

const VERSION_LINES: readonly (readonly [string, RegExp])[] = [
  ['pyproject.toml', /^version[ \t]*=[ \t]*"([\w.+-]{1,64})"/m],
  ['package.json', /^ {0,8}"version": ?"([\w.+-]{1,64})"/m],
];

function textsOf(files: readonly SourceFile[]): Map<string, string> {
  const texts = new Map<string, string>();
  let left = MOST_TEXT;
  for (const { path, content } of files) {
    if (content.length > LARGEST_TEXT || content.length > left || content.includes(0)) continue;
    left -= content.length;
    texts.set(path, content.toString('utf8'));
  }
  return texts;
}
