import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../common/model/clock.js';
import type { HeadNews, HeadOrder, HeadStart } from '../../../common/model/space-head.js';

/** A process that speaks with a node. */
export interface HeadProcess {
  tell(order: Exclude<HeadOrder, HeadStart>): void;
  /** Why it ended: what it said last, or how; never rejects. */
  readonly ended: Promise<string>;
  /** Has it end; resolves once it is gone, within seconds. */
  stop(): Promise<void>;
}

const KIND = extname(import.meta.url);
/** The agent's own: beside this file in a bundle, and else in its folder, for both know each other by messages alone. */
const BESIDE =
  KIND === '.ts'
    ? ['..', '..', '..', 'agent', 'kinds', 'space', 'fleet', `head-process${KIND}`].join('/')
    : `./head-process${KIND}`;
const PROGRAM = fileURLToPath(new URL(BESIDE, import.meta.url));
/** Reads sources that are not compiled, as under tests. */
const READER = KIND === '.ts' ? ['--import', 'tsx'] : [];
const MOST_HEAP = '--max-old-space-size=128';
const STOP_WITHIN_MS = 5000;

/** Starts one; it ends by itself when this process does. */
export function startHead(start: HeadStart, clock: Clock, onNews: (news: HeadNews) => void): HeadProcess {
  const child = fork(PROGRAM, {
    execArgv: [...READER, MOST_HEAP],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  let last = '';
  child.on('message', (message) => {
    // It gives nothing else.
    const news = message as HeadNews;
    if (news.kind === 'failed') last = news.text;
    onNews(news);
  });
  const ended = endOf(child, () => last);
  send(child, start);
  return {
    tell: (order) => send(child, order),
    ended,
    stop: async () => {
      send(child, { kind: 'stop' });
      const cancel = clock.setTimer(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      cancel();
    },
  };
}

/** One that has ended hears nothing. */
function send(child: ChildProcess, order: HeadOrder): void {
  if (child.connected) child.send(order, () => undefined);
}

function endOf(child: ChildProcess, last: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('exit', (code, signal) => resolve(last() || `its process ended (${signal ?? String(code)})`));
  });
}
