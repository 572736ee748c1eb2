import { HeadframeError } from '../../../common/model/error.js';

/** A certificate for a lease whose end is past. */
export function certificateEnded(lease: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'certificate_ended',
    message: `the term of the lease ${lease} is over, and with it that of any certificate`,
    remedy: 'Extend it before it ends: headframe lease extend.',
  });
}

/** A certificate for a lease whose server believes no key that the authority has. */
export function keyGone(lease: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'ssh_authority_gone',
    message: `the SSH server of the lease ${lease} trusts no key that the authority of SSH users has`,
    remedy: 'Log in by a key that the lease was made with, or enter it by headframe lease ssh --exec.',
  });
}

/** A rotation of another key than the one that signs for new leases. */
export function keyNotCurrent(current: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'ssh_authority_not_current',
    message: 'this is not the key that signs for new leases now',
    remedy: 'Look at it again with headframe authority ssh show: somebody else may have replaced it.',
    metadata: { current },
  });
}
