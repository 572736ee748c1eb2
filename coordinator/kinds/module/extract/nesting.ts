import type { Findings } from './findings.js';
import { LIMITS } from './limits.js';
import type { SourceText } from './source-text.js';

/** Whether a file nests deeper than any person writes, which its parser would take long for; warns of it. */
export function isTooDeep({ path, text }: SourceText, findings: Findings): boolean {
  // `- - - - x` and `? ? ? ? x` nest without a bracket in YAML.
  if (deepestBrackets(text) <= LIMITS.brackets && !/(?:[-?:][ \t]{1,8}){50}/.test(text)) return false;
  findings.warn(
    'limit_reached',
    { file: path, line: 1 },
    `more than ${LIMITS.brackets} brackets within each other: not read`,
  );
  return true;
}

/** How deep brackets stand within each other at most; those of texts count like any other. */
function deepestBrackets(text: string): number {
  let deepest = 0;
  let depth = 0;
  for (const [bracket] of text.matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(bracket)) deepest = Math.max(deepest, (depth += 1));
    else depth = Math.max(0, depth - 1);
  }
  return deepest;
}
