import type { Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { Findings } from '../findings.js';
import type { SourceText } from '../source-text.js';

/** Steps of the parser that are left for all files. */
export interface ParseBudget {
  steps: number;
}

/** Parses as far as the budget goes, and warns where it ends; undefined when there was nothing left of it. */
export function parsePython(source: SourceText, budget: ParseBudget, findings: Findings): Tree | undefined {
  if (budget.steps <= 0) return undefined;
  const parse = parser.startParse(source.text);
  for (;;) {
    const tree = parse.advance();
    if (tree !== null) return tree;
    budget.steps -= 1;
    if (budget.steps !== 0) continue;
    const line = source.lineAt(parse.parsedPos);
    findings.warn(
      'limit_reached',
      { file: source.path, line },
      'too much Python: what follows and further files are not read',
    );
    parse.stopAt(parse.parsedPos);
  }
}
