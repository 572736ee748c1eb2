import { spawn } from 'node:child_process';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { HostTeller } from './health-board.js';

/** Whether and how the machine may be rebooted. */
export interface RebootSettings {
  readonly allowed: boolean;
  readonly command: readonly string[];
}

/** The parts a rebooter works with. */
export interface RebooterParts {
  /** The boot that this agent runs in. */
  readonly bootId: string;
  readonly teller: HostTeller;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A failure is told for so long; the coordinator gives up when it hears of it. */
const TELL_FAILURE_MS = 30_000;
/** The command may end well a while before the machine goes down; it is not run again meanwhile. */
const PATIENCE_MS = 120_000;

/** Reboots the machine when the coordinator orders it and the configuration allows it. */
export class Rebooter {
  readonly #parts: RebooterParts;
  readonly #settings: RebootSettings;
  #notBeforeMs = 0;
  #cancel: () => void = () => undefined;

  constructor(parts: RebooterParts, settings: RebootSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Takes an order to end a boot; one for another boot was carried out already. The same order may come again and again. */
  order(bootId: string): void {
    const { clock, logger } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (bootId !== this.#parts.bootId || nowMs < this.#notBeforeMs) return;
    this.#notBeforeMs = nowMs + PATIENCE_MS;
    const [file, ...args] = this.#settings.command;
    if (!this.#settings.allowed || file === undefined) {
      this.#fail('reboot.allowed is not set in the agent configuration');
      return;
    }
    logger.warn({ command: this.#settings.command }, 'rebooting this machine as ordered');
    // It has to outlive this agent, which it is going to end.
    const child = spawn(file, args, { detached: true, stdio: 'ignore' });
    child.once('error', (error) => {
      this.#fail(error.message);
    });
    child.once('exit', (code, signal) => {
      if (code !== 0) this.#fail(`${file} ended with ${signal ?? `exit code ${String(code)}`}`);
    });
    child.unref();
  }

  /** Lets go of its timer; a command under way goes on. */
  close(): void {
    this.#cancel();
  }

  #fail(text: string): void {
    const { teller, clock, logger } = this.#parts;
    logger.error({ command: this.#settings.command }, `the reboot failed: ${text}`);
    teller.raise('reboot_failed', text);
    this.#notBeforeMs = clock.monotonicMs() + TELL_FAILURE_MS;
    this.#cancel();
    this.#cancel = clock.setTimer(() => {
      teller.clear('reboot_failed');
    }, TELL_FAILURE_MS);
  }
}
