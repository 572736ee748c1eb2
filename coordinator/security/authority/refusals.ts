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
