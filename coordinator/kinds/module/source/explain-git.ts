import type { HeadframeError } from '../../../../common/model/error.js';
import type { GitOutcome } from './git-process.js';
import { sourceError } from './refusals.js';
import type { SourceReason } from './refusals.js';

/** What git says of a failure, in the order in which it is looked for. */
const SAYINGS: readonly (readonly [RegExp, SourceReason])[] = [
  [/returned error: 30\d|redirect/i, 'module_redirected'],
  [/not our ref|couldn't find remote ref|unadvertised object|no such remote ref/i, 'module_ref_missing'],
  [
    /could not read Username|Authentication failed|returned error: 40[0-4]|Repository not found|dubious ownership/i,
    'module_origin_refused',
  ],
  [/does not appear to be a git repository|transport '.*' not allowed/i, 'module_origin_refused'],
  [/bad object|unable to read|index-pack|invalid .* (?:object|pack)|inflate|corrupt/i, 'module_unreadable'],
];

const LONGEST_SAID = 200;

/** Makes an error of a run of git that brought nothing. */
export function explainGit(outcome: Exclude<GitOutcome, { kind: 'done' }>, what: string): HeadframeError {
  switch (outcome.kind) {
    case 'missing':
      return sourceError('git_missing', 'there is no git program on the machine of the coordinator');
    case 'timeout':
      return sourceError('module_too_slow', `${what} took too long`);
    case 'flood':
      return sourceError('module_too_large', `${what} gave more than is taken`);
    case 'failed': {
      const said = saidOf(outcome.said);
      const reason = SAYINGS.find(([pattern]) => pattern.test(outcome.said))?.[1] ?? 'module_origin_away';
      return sourceError(reason, `${what} failed: ${said}`);
    }
  }
}

/** The line that tells most, without what a stranger could put into a terminal. */
function saidOf(said: string): string {
  const lines = said.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const line = lines.findLast((one) => /^(?:fatal|error): /.test(one)) ?? lines.at(-1) ?? 'git said nothing';
  return line
    .replace(/^(?:fatal|error): /, '')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, LONGEST_SAID);
}
