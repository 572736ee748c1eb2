import { HeadframeError } from '../model/error.js';

const REMEDIES = {
  not_root: 'Run it with sudo, or with --dry-run to see what it would do.',
  no_systemd:
    'Run `headframe agent start` or `headframe coordinator start` under the supervisor of this machine, or use --root to prepare an image.',
  not_a_package: 'Run it from an unpacked release or a built checkout: it copies itself.',
  node_out_of_reach: 'Install Node for the whole machine, as in /usr/bin; services see no home folders.',
  other_version: 'Run the same command with `upgrade` instead of `install`.',
  other_config: 'Edit the file and restart the service, or leave the flags away to keep it as it is.',
  data_dir_outside: 'Leave dataDir away: the service may write to its own folder alone.',
  not_installed: 'Install it first: `headframe agent install` or `headframe coordinator install`.',
  not_active:
    'Look at the lines above, correct the cause, and run the same command again; `--wait 0` leaves it to start whenever it can.',
  upgrade_rolled_back: 'The version before runs again. Look at the lines above before the next try.',
} as const;

/** A refusal or failure of installing, with its remedy. */
export function serviceError(reason: keyof typeof REMEDIES, message: string, cause?: unknown): HeadframeError {
  const code = reason === 'not_root' ? 'permission_denied' : 'failed_precondition';
  return new HeadframeError({ code, reason, message, remedy: REMEDIES[reason], cause });
}
