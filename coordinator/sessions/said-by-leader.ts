import type { HeadframeError } from '../../common/model/error.js';
import type { StreamWriter } from '../../common/rpc/index.js';

/** What sessions need of the writer of their call. */
export type Said<T> = Pick<StreamWriter<T>, 'write' | 'closed'>;

/**
 * What is said to an agent, answers to heartbeats first of all, is said by a coordinator that leads at this moment, or not at
 * all: a process that stood still says nothing of what waited in it. Rejects with the refusal.
 */
export function saidByLeader<T>(responses: Said<T>, refusal: (() => HeadframeError | undefined) | undefined): Said<T> {
  if (refusal === undefined) return responses;
  return {
    get closed() {
      return responses.closed;
    },
    write: async (message) => {
      const refused = refusal();
      if (refused !== undefined) throw refused;
      await responses.write(message);
    },
  };
}
