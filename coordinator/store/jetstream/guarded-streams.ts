import type { LogStreams } from './log-place.js';
import type { WriteRefusal } from './write-refusal.js';

/**
 * Streams that are asked right before each request that changes something whether it may still be sent. That saves a leader whom
 * one that was held up would displace; what fences is the journal's own order, for a process may stand still right behind it.
 */
export function guarded({ journal, snapshots, messageBytes }: LogStreams, refusal: WriteRefusal): LogStreams {
  const unlessRefused = <T>(request: () => Promise<T>): Promise<T> => {
    const refused = refusal();
    return refused === undefined ? request() : Promise.reject(refused);
  };
  return {
    messageBytes,
    journal: {
      name: journal.name,
      ends: () => journal.ends(),
      get: (sequence) => journal.get(sequence),
      put: async (bytes, after) => {
        const cause = refusal();
        return cause === undefined ? journal.put(bytes, after) : { kind: 'refused', cause };
      },
      removeBefore: (sequence) => unlessRefused(() => journal.removeBefore(sequence)),
    },
    snapshots: {
      name: snapshots.name,
      list: () => snapshots.list(),
      closing: (of) => snapshots.closing(of),
      get: (sequence) => snapshots.get(sequence),
      addChunk: (of, message) => unlessRefused(() => snapshots.addChunk(of, message)),
      addClosing: (of, message) => unlessRefused(() => snapshots.addClosing(of, message)),
      remove: (of) => unlessRefused(() => snapshots.remove(of)),
    },
  };
}
