import { z } from 'zod';

/** What the coordinator allows of URLs. */
export interface UrlRules {
  /** Repositories on the coordinator's own machine. */
  readonly fileUrls: boolean;
}

const LONGEST_URL = 1_024;
const HTTPS =
  /^https:\/\/(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?(?<path>\/[A-Za-z0-9._~/+-]+)$/;
const FILE = /^file:\/\/(?<path>\/[A-Za-z0-9._~/+@=-]+)$/;
const ENDS_ABOVE = /(?:^|\/)\.\.?(?:\/|$)/;

/**
 * A URL that git is called with: https, and file where that is allowed; no name and password, which would be kept and shown,
 * no query, no option in disguise.
 */
export function moduleUrlField({ fileUrls }: UrlRules): z.ZodString {
  const file = fileUrls ? ' or file:///path' : '';
  return z
    .string()
    .max(LONGEST_URL)
    .refine((url) => pathOf(url, fileUrls) !== undefined, {
      error: `an URL such as https://github.com/owner/repository${file}, without user, password, query and ".."`,
    });
}

/** Host of a URL that has one and was let in, without the brackets of an address. */
export function hostOf(url: string): string | undefined {
  return HTTPS.exec(url)?.groups?.['host']?.replace(/^\[(.*)\]$/, '$1');
}

/** Port of a URL that was let in. */
export function portOf(url: string): number {
  return Number(/^https:\/\/[^/]*?:(\d{1,5})\//.exec(url)?.[1] ?? '443');
}

/** A branch, a tag or a whole commit id, as git spells them; '' stands for the default branch. */
export const moduleRefField = z
  .string()
  .max(250)
  .refine(
    (ref) => ref === '' || (/^[A-Za-z0-9_][A-Za-z0-9._/+@-]*$/.test(ref) && !/\.\.|@\{|\/\/|\.lock$|[./]$/.test(ref)),
    { error: 'a branch, a tag or a commit id of 40 hexadecimal digits' },
  );

/** Whether a ref names a commit by itself. */
export function isCommit(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

function pathOf(url: string, fileUrls: boolean): string | undefined {
  const found = HTTPS.exec(url) ?? (fileUrls ? FILE.exec(url) : undefined);
  const path = found?.groups?.['path'];
  return path === undefined || ENDS_ABOVE.test(path) ? undefined : path;
}
