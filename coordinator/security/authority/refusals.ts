import { HeadframeError } from '../../../common/model/error.js';

/** A rotation of another authority than the one that signs. */
export function notCurrent(digest: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'authority_not_current',
    message: 'this is not the authority that signs now',
    remedy: 'Look at it again with headframe authority show: somebody else may have replaced it.',
    metadata: { current: digest },
  });
}

/** A rotation before the last one has come to its end. */
export function rotationUnderWay(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'rotation_under_way',
    message: 'the authority is being replaced already',
    remedy:
      'End that first: headframe authority show tells who still needs the former one, headframe authority retire drops it.',
  });
}

/** The end of a rotation that is not under way, or not from that authority. */
export function noFormer(former: string | undefined): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'no_former_authority',
    message:
      former === undefined ? 'no authority is being replaced' : 'this is not the authority that is being replaced',
    remedy: 'Look at it with headframe authority show.',
    metadata: { ...(former === undefined ? {} : { former }) },
  });
}

/** A rotation of an authority that the operator gives. */
export function authorityIsOwn(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'authority_is_own',
    message: 'the authority is yours: the coordinator cannot replace it',
    remedy:
      'Have another made under the same root, put it in security.authorityCertificateFile and authorityKeyFile, and restart.',
  });
}

/** An operator's authority in place of the one that the coordinator has made and the hosts trust. */
export function ownReplaces(toBeginAnew: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'own_authority_replaces',
    message: 'the settings name an authority, but the hosts trust the one that the coordinator has made',
    remedy: `Take it out of the settings; or ${toBeginAnew}: then every host and person has to join or log in again.`,
  });
}

/** No operator's authority any more where the hosts trust one. */
export function ownMissing(toBeginAnew: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'own_authority_missing',
    message: 'the settings name no authority, but the hosts trust one that was given by them',
    remedy:
      'Set security.authorityCertificateFile and security.authorityKeyFile again; or ' +
      `${toBeginAnew}: then every host and person has to join or log in again.`,
  });
}

/** An operator's authority that no host of the fleet would believe. */
export function otherRoot(toBeginAnew: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'own_authority_other_root',
    message: 'the authority in the settings is of another root than the one that the hosts trust',
    remedy: `Give one of the same root. To begin anew, ${toBeginAnew}: then every host and person has to join or log in again.`,
  });
}

/** A record that is there and is none. */
export function damaged(where: string, cause: unknown): HeadframeError {
  const message = `${where} cannot be read as an authority`;
  const remedy = 'Put it back from a backup: without it every host has to join again.';
  return new HeadframeError({ code: 'data_loss', reason: 'authority_damaged', message, remedy, cause });
}

/** The authority of a cluster that was sealed by another key than this coordinator's. */
export function anotherProtector(where: string, cause: HeadframeError): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: cause.reason,
    message: `${where} was sealed by a coordinator with another key or passphrase`,
    remedy:
      'Give every coordinator of the cluster the same one: security.keyFile, security.passphraseFile or the systemd credential.',
    cause,
  });
}

/** What was read is not there any more: another coordinator has replaced it. */
export function changedElsewhere(where: string): HeadframeError {
  return new HeadframeError({
    code: 'aborted',
    reason: 'authority_changed',
    message: `${where} was replaced by another coordinator meanwhile`,
    remedy: 'Look at it again with headframe authority show.',
  });
}
