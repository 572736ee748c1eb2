import { MultiBar } from 'cli-progress';
import type { SingleBar } from 'cli-progress';
import type { Invocation } from '../invocation.js';
import { withoutControls } from '../output/render.js';
import type { GoalStanding } from './goal.js';

/** Bars shown at once; of further goals there is one bar in sum. */
const MOST_BARS = 10;
const LONGEST_TEXT = 60;

/** How far one thing is. */
export interface ProgressLine {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly text: string;
}

/** Shows people how far a wait is. */
export interface Progress {
  /** Whether anybody sees it. */
  readonly visible: boolean;
  show(standings: readonly GoalStanding[] | undefined): void;
  /** Shows other things below the goals, such as pulls; those not named any more go. */
  showBelow(lines: readonly ProgressLine[]): void;
  close(): void;
}

const UNSEEN: Progress = { visible: false, show: () => undefined, showBelow: () => undefined, close: () => undefined };

/** Opens bars on stderr if that is a terminal, otherwise nothing is shown. */
export function openProgress(call: Invocation): Progress {
  const { stderr } = call.world;
  if (stderr.isTTY !== true) return UNSEEN;
  const bars = new Bars(stderr);
  return {
    visible: true,
    show: (standings) => bars.show('goal', goalLines(standings ?? [])),
    showBelow: (lines) => bars.show('below', lines),
    close: () => bars.close(),
  };
}

/** The lines that stand for goals: one each, or one for all when they are many. */
export function goalLines(standings: readonly GoalStanding[]): ProgressLine[] {
  const lines = standings.map(({ goal, done, total, why }) => ({ name: goal.miner, done, total, text: why }));
  if (lines.length <= MOST_BARS) return lines;
  const sum = (pick: (line: ProgressLine) => number): number => lines.reduce((total, line) => total + pick(line), 0);
  const text = lines.find((line) => line.text !== '')?.text ?? '';
  return [
    { name: `${String(lines.length)} miners`, done: sum(({ done }) => done), total: sum(({ total }) => total), text },
  ];
}

/** Bars by name, made and removed as they are needed. */
class Bars {
  readonly #bars = new Map<string, SingleBar>();
  readonly #multi: MultiBar;

  constructor(stream: Invocation['world']['stderr']) {
    this.#multi = new MultiBar({
      format: '{name} [{bar}] {amount}  {text}',
      stream,
      barsize: 20,
      clearOnComplete: true,
      hideCursor: true,
      // Signals are the program's own matter.
      gracefulExit: false,
    });
  }

  show(group: string, lines: readonly ProgressLine[]): void {
    const width = Math.max(0, ...lines.map(({ name }) => name.length));
    const keys = new Set(lines.map(({ name }) => `${group} ${name}`));
    for (const [key, bar] of this.#bars) if (key.startsWith(`${group} `) && !keys.has(key)) this.#remove(key, bar);
    for (const line of lines) this.#update(`${group} ${line.name}`, line, width);
  }

  close(): void {
    this.#multi.stop();
  }

  #update(key: string, { name, done, total, text }: ProgressLine, width: number): void {
    const payload = {
      name: name.padEnd(width),
      amount: total > 2 ** 20 ? `${mebibytes(done)}/${mebibytes(total)} MiB` : `${String(done)}/${String(total)}`,
      text: withoutControls(text).slice(0, LONGEST_TEXT),
    };
    const bar = this.#bars.get(key);
    if (bar === undefined) {
      this.#bars.set(key, this.#multi.create(Math.max(total, 1), done, payload));
      return;
    }
    bar.setTotal(Math.max(total, 1));
    bar.update(done, payload);
  }

  #remove(key: string, bar: SingleBar): void {
    this.#multi.remove(bar);
    this.#bars.delete(key);
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
