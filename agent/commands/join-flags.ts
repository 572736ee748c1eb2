import { readFileSync } from 'node:fs';
import type { FlagValue } from '../../common/config/index.js';
import { HeadframeError } from '../../common/model/error.js';
import { checkedJoinLine, parseJoinLine } from '../identity/index.js';
import type { JoinRequest } from './join.js';

/** Flags with which a host joins, each with its words for help. */
export const JOIN_OPTIONS = [
  ['--token <token>', 'id and secret of a token; other users of this machine can see it among its processes meanwhile'],
  ['--token-file <file>', 'file with the token, or with the whole line that token create prints; - is standard input'],
  ['--authority <digest>', "digest of the coordinator's authority: sha256:…"],
  ['--again', 'also where the host has joined and its certificate is still good'],
] as const;

/** For an installation that joins, too. */
export const JOIN_OPTION = [
  '--join [line]',
  'join a fleet first: by the whole line that token create prints, or by --coordinator, --token and --authority',
] as const;

type Flags = Readonly<Record<string, FlagValue | undefined>>;

/** How to join by these flags; undefined where none of them was given. Throws `HeadframeError` (invalid_argument). */
export function joinRequestOf(flags: Flags): JoinRequest | undefined {
  const again = flags['again'] === true;
  const [line, token, file, authority] = ['join', 'token', 'tokenFile', 'authority'].map((name) => textOf(flags[name]));
  if (line !== undefined) return { ...parseJoinLine(line), again };
  const given = [token, file, authority].some((value) => value !== undefined);
  if (!given && flags['join'] !== true) return undefined;
  const text = file === undefined ? (token ?? '') : readToken(file);
  const request = text.includes('--token') ? parseJoinLine(text) : checkedJoinLine({ token: text, authority });
  return { ...request, again };
}

function readToken(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  } catch (cause) {
    throw new HeadframeError({
      code: 'invalid_argument',
      reason: 'token_unreadable',
      message: `the token cannot be read from ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'Name a file that can be read, or - for standard input.',
      cause,
    });
  }
}

function textOf(value: FlagValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
