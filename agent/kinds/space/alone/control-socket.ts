import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import { askSocket, checkSocketPath, serveSocket } from '../../../local-socket.js';
import type { SocketAnswer } from '../../../local-socket.js';

/** What may be asked of a miner that runs, by method and path. */
export interface ControlHandlers {
  readonly status: () => unknown;
  /** Begins the end; the answer comes before it. */
  readonly stop: () => void;
  readonly plots: () => unknown;
  /** Looks into the folders again. */
  readonly look: () => Promise<unknown>;
  /** Takes a plot off the list; undefined where none has that id. */
  readonly remove: (plotId: string) => Promise<unknown>;
}

/** What is asked of a miner. */
export type ControlAsk =
  { readonly kind: 'status' | 'stop' | 'plots' | 'look' } | { readonly kind: 'remove'; readonly plotId: string };

/** What the miner knows, and what it has to look for on its disks. */
const [KNOWN_WITHIN_MS, LOOKED_WITHIN_MS] = [2000, 30_000];
const SHORTER = 'Put the file of settings into a folder with a shorter path.';

/** Answers those who may open the socket: the user that the miner runs as. Returns what ends that. Throws 'path_too_long'. */
export async function serveControl(path: string, handlers: ControlHandlers): Promise<() => Promise<void>> {
  checkSocketPath(path, SHORTER);
  // The lock beside it is ours.
  return serveSocket(path, (target) => answer(target, handlers));
}

/** Asks the miner behind a socket. Throws 'space_miner_silent' where none answers. */
export async function askControl(path: string, ask: ControlAsk): Promise<unknown> {
  checkSocketPath(path, SHORTER);
  const target = ask.kind === 'remove' ? `/remove/${encodeURIComponent(ask.plotId)}` : `/${ask.kind}`;
  const timeoutMs = ask.kind === 'look' || ask.kind === 'remove' ? LOOKED_WITHIN_MS : KNOWN_WITHIN_MS;
  return askSocket(path, target, timeoutMs).catch((cause: unknown) => {
    throw silent(path, cause);
  });
}

function answer(target: string, handlers: ControlHandlers): Promise<SocketAnswer> {
  return answerOf(target, handlers).then(
    (value) => ({ status: 200, value }),
    (error: unknown) => ({ status: 500, value: toHeadframeError(error).message }),
  );
}

async function answerOf(target: string, handlers: ControlHandlers): Promise<unknown> {
  const [, kind = '', id = ''] = target.split('/');
  switch (kind) {
    case 'status':
      return handlers.status();
    case 'plots':
      return handlers.plots();
    case 'look':
      return handlers.look();
    case 'remove':
      return handlers.remove(decodeURIComponent(id));
    case 'stop':
      handlers.stop();
      return {};
    default:
      throw new Error(`nothing is known of ${target}`);
  }
}

function silent(path: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'space_miner_silent',
    message: `no miner answers at ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'Wait a moment. If it stays so, end its process.',
    cause,
  });
}
