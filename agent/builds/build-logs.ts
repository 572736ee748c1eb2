import { onAbort } from '../runtime/on-abort.js';
import { runtimeError } from '../runtime/runtime-error.js';
import type { OutputChunk } from '../runtime/runtime.js';

/** Of builds that have ended; the oldest go first. */
const MOST_BUILDS = 16;
/** Of one build; the first lines go first. */
const MOST_CHARS = 256 * 1024;
const LONGEST_LINE = 4_000;

interface BuildLog {
  lines: string[];
  chars: number;
  /** Lines that have gone. */
  gone: number;
  ended: boolean;
  /** Called when something comes, or nothing more. */
  readonly waiting: Set<() => void>;
}

/** Where a build says what it does. */
export interface BuildWriter {
  line(text: string): void;
  /** Nothing more comes. */
  end(): void;
}

/** What the last builds of a host said, in memory, each by the image that it was to make. */
export class BuildLogs {
  readonly #logs = new Map<string, BuildLog>();

  /** Begins that of a build; one of an earlier build of the same image goes. */
  begin(image: string): BuildWriter {
    const log: BuildLog = { lines: [], chars: 0, gone: 0, ended: false, waiting: new Set() };
    this.#logs.delete(image);
    this.#logs.set(image, log);
    this.#forget();
    return {
      line: (text) => {
        append(log, text);
      },
      end: () => {
        log.ended = true;
        wake(log);
      },
    };
  }

  /**
   * What a build said from its beginning; with `follow` on to its end, as fast as it is taken. Throws HeadframeError
   * ('build_log_unknown').
   */
  async *read(image: string, follow: boolean, signal: AbortSignal): AsyncGenerator<OutputChunk> {
    const log = this.#logs.get(image);
    if (log === undefined) throw runtimeError('build_log_unknown', `nothing is kept of a build of ${image}`);
    let at = 0;
    for (;;) {
      if (at < log.gone) yield chunkOf(`… ${String(log.gone - at)} lines are not kept`);
      at = Math.max(at, log.gone);
      for (let line = log.lines[at - log.gone]; line !== undefined; line = log.lines[at - log.gone]) {
        yield chunkOf(line);
        at += 1;
        if (at < log.gone) break;
      }
      if (at - log.gone < log.lines.length) continue;
      if (log.ended || !follow || signal.aborted) return;
      await more(log, signal);
    }
  }

  #forget(): void {
    const ended = [...this.#logs].filter(([, log]) => log.ended);
    for (const [image] of ended.slice(0, Math.max(0, ended.length - MOST_BUILDS + 1))) this.#logs.delete(image);
  }
}

function append(log: BuildLog, text: string): void {
  const line = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE - 1)}…` : text;
  log.lines.push(line);
  log.chars += line.length;
  let dropped = 0;
  while (log.chars > MOST_CHARS) {
    log.chars -= log.lines[dropped]?.length ?? 0;
    dropped += 1;
  }
  if (dropped > 0) log.lines = log.lines.slice(dropped);
  log.gone += dropped;
  wake(log);
}

function wake({ waiting }: BuildLog): void {
  for (const go of [...waiting]) go();
}

function more({ waiting }: BuildLog, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      waiting.delete(go);
      letGo();
      resolve();
    };
    const letGo = onAbort(signal, go);
    waiting.add(go);
  });
}

function chunkOf(line: string): OutputChunk {
  return { stream: 'stdout', data: Buffer.from(`${line}\n`) };
}
