import { HeadframeError } from '../../../common/model/error.js';
import { REASONS } from '../../../common/model/reason.js';
import type { ReasonCode } from '../../../common/model/reason.js';
import type { SshOutcome, SshTarget } from './ssh-client.js';

/** Reasons that scripts give themselves; another word from a machine is not taken for one. */
const TOLD = [
  'machine_unfit',
  'machine_no_root',
  'machine_taken',
  'machine_disk_full',
  'machine_copy_damaged',
  'machine_too_slow',
] as const;
/** How OpenSSH's client ends where it, and not the command, has failed. */
const SSH_FAILED = 255;
/** Of what was said last, in an error. */
const MOST_LINES = 6;
const MOST_TEXT = 800;

/** Why something did not come about on a machine, or undefined where it did. Pure. */
export function failureOf(
  { host, port }: Pick<SshTarget, 'host' | 'port'>,
  outcome: SshOutcome,
  what: string,
): HeadframeError | undefined {
  if (outcome.code === 0) return undefined;
  const { reason, text } = judged(outcome);
  return sshFailure(reason, `${host}:${String(port)}: ${what}: ${text}`);
}

/** What failed with a machine. */
export function sshFailure(reason: ReasonCode, message: string, cause?: unknown): HeadframeError {
  const code = reason === 'machine_unreachable' ? 'unavailable' : 'failed_precondition';
  return new HeadframeError({ code, reason, message, remedy: REASONS[reason].remedy, cause });
}

function judged(outcome: SshOutcome): { readonly reason: ReasonCode; readonly text: string } {
  const { code, stdout, stderr, isTooSlow } = outcome;
  const text = lastLines(stderr);
  if (isTooSlow) return { reason: 'machine_too_slow', text: `it took too long; last ${text}` };
  if (code === SSH_FAILED) return { reason: bySsh(stderr), text };
  const [, told = '', words = ''] = /^@refuse (\w+) (.*)$/m.exec(stdout) ?? [];
  const reason = TOLD.find((one) => one === told);
  if (reason !== undefined) return { reason, text: words };
  const said = lastLines(`${stdout}\n${stderr}`);
  if (/No space left on device/i.test(stderr)) return { reason: 'machine_disk_full', text: said };
  // Of sudo, which finds no terminal to ask for a password at.
  if (/^sudo: /m.test(stderr)) return { reason: 'machine_no_root', text };
  return { reason: 'machine_install_failed', text: said };
}

function bySsh(stderr: string): ReasonCode {
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|host key .* has changed/i.test(stderr))
    return 'machine_host_key_wrong';
  if (/Permission denied \(|Too many authentication failures|Load key .*: (?:Permission|No such|error)/i.test(stderr))
    return 'machine_login_refused';
  return 'machine_unreachable';
}

function lastLines(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/[^\x20-\x7e]/g, '').trim())
    .filter((line) => line !== '' && !line.startsWith('@'));
  const last = lines.slice(-MOST_LINES).join(' / ').slice(-MOST_TEXT);
  return last === '' ? 'nothing was said' : last;
}
