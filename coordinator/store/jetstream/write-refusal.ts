import type { HeadframeError } from '../../../common/model/error.js';

/** Why nothing may be written any more; undefined while it may. */
export type WriteRefusal = () => HeadframeError | undefined;
