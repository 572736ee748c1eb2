import { MODULE_NAME } from '../../../../common/model/module.js';
import type { ModuleRecord } from '../../../../common/model/module.js';
import { moduleUrlField } from '../source/index.js';
import type { SourceRules } from '../source/index.js';

/** What the owner of a subnet says of it; nobody has proven it. */
export interface SubnetIdentity {
  readonly netuid: number;
  readonly name: string;
  readonly githubRepo: string;
}

/** A module that the identity of a subnet names. */
export interface ModuleSuggestion {
  readonly netuid: number;
  /** As its owner calls the subnet. */
  readonly subnet: string;
  /** As its owner says, made whole where that is plain; it may be no URL at all. */
  readonly url: string;
  /** That it could have. */
  readonly name: string;
  /** Name of the module that is of this repository already. */
  readonly added: string | undefined;
  /** Whether it can be added. */
  readonly isUsable: boolean;
}

const LONGEST_NAME = 63;

/** The modules that identities of subnets name, by netuid; those that name none are left out. Pure. */
export function suggestModules(
  identities: readonly SubnetIdentity[],
  modules: readonly Pick<ModuleRecord, 'name' | 'url'>[],
  rules: Pick<SourceRules, 'fileUrls'>,
): ModuleSuggestion[] {
  const taken = new Set(modules.map(({ name }) => name));
  const byUrl = new Map(modules.map(({ name, url }) => [bare(url), name]));
  const urls = moduleUrlField(rules);
  return identities.flatMap(({ netuid, name: subnet, githubRepo }): ModuleSuggestion[] => {
    if (githubRepo.trim() === '') return [];
    const url = wholeUrl(githubRepo);
    const isUsable = urls.safeParse(url).success;
    const name = isUsable ? freeName(url, netuid, taken) : '';
    taken.add(name);
    return [{ netuid, subnet, url, name, added: byUrl.get(bare(url)), isUsable }];
  });
}

/** People write `github.com/owner/repo`, ends with a slash, and pages of a repository for the repository. */
function wholeUrl(text: string): string {
  const url = text
    .trim()
    .replace(/^(?:http:\/\/)?(?=(?:www\.)?github\.com\/)/i, 'https://')
    .replace(/\/+$/, '');
  return (
    /^https:\/\/(?:www\.)?github\.com\/[^/]+\/[^/]+/i.exec(url)?.[0].replace(/^https:\/\/www\./i, 'https://') ?? url
  );
}

/** What two ways to write one repository have in common. */
function bare(url: string): string {
  return url.toLowerCase().replace(/\.git$/, '');
}

/** Of the repository; with the netuid where that is taken, or nothing is left of it. */
function freeName(url: string, netuid: number, taken: ReadonlySet<string>): string {
  const last = (/([^/]+)$/.exec(bare(url))?.[1] ?? '').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const short = last.slice(0, LONGEST_NAME).replace(/-+$/, '');
  if (MODULE_NAME.test(short) && !taken.has(short)) return short;
  const ending = `-${String(netuid)}`;
  return `${last.slice(0, LONGEST_NAME - ending.length).replace(/-+$/, '') || 'subnet'}${ending}`;
}
