import { HeadframeError } from '../../common/model/error.js';

/** The miner is none that answers questions. */
export function notAsked(miner: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'not_a_model',
    message: `the miner ${miner} is no model`,
    remedy: 'Ask miners of kind model: headframe miners ls; see docs/models.md.',
    metadata: { miner },
  });
}

/** No instance can be asked now; `why` tells it of each sort of them. */
export function noneReady(miner: string, why: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'model_not_ready',
    message: `no instance of the model ${miner} can be asked: ${why}`,
    remedy: `See what is in the way: headframe miners show ${miner}.`,
    metadata: { miner, retryAfterSeconds: '5' },
  });
}

/** All are asked as much as they may be at once. */
export function allBusy(miner: string, instances: number, maxOutstanding: number): HeadframeError {
  const [many, most] = [String(instances), String(maxOutstanding)];
  return new HeadframeError({
    code: 'unavailable',
    reason: 'model_busy',
    message: `each of the ${many} instances of the model ${miner} has ${most} questions under way`,
    remedy: `Ask again in a moment. For more at once add replicas, or raise router.maxOutstanding of the coordinator.`,
    metadata: { miner, retryAfterSeconds: '1' },
  });
}

/** Nothing reached any of those that were tried. */
export function noneReached(miner: string, tried: readonly string[], last: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'model_unreached',
    message: `no instance of the model ${miner} takes connections; tried ${tried.join(', ')}: ${last}`,
    remedy:
      'Ask again. If it stays so, see that the server in it listens at 0.0.0.0: headframe instances logs INSTANCE.',
    metadata: { miner, retryAfterSeconds: '2' },
  });
}

/** An instance has not answered in time. */
export function tooSlow(instance: string, what: string): HeadframeError {
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'model_timeout',
    message: `${instance} ${what}`,
    remedy:
      'The question may have been worked on. For longer answers raise the time-outs under router of the coordinator.',
    metadata: { instance },
  });
}

/** An instance has answered what cannot be passed on, or broken off. */
export function badReply(instance: string, what: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'model_reply_broken',
    message: `${instance} ${what}`,
    remedy:
      'The question may have been worked on: ask again only where that does no harm. See headframe instances logs INSTANCE.',
    metadata: { instance },
  });
}

/** Whoever asked reads nothing of the answer. */
export function readerTooSlow(): HeadframeError {
  return new HeadframeError({
    code: 'cancelled',
    reason: 'reader_too_slow',
    message: 'nothing of the answer was read for too long',
  });
}
