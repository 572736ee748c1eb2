import { toHeadframeError } from '../../common/model/error.js';
import { findTarget } from './address.js';
import { ageNote } from './age-note.js';
import { explainCall, openConnection } from './client.js';
import type { Connection } from './client.js';
import { EXIT_CODES } from './exit-codes.js';
import type { ExitCode } from './exit-codes.js';
import type { GlobalOptions } from './global-options.js';
import { renewIfDue } from './renewal.js';
import { Printer } from './output/printer.js';
import { takesColours, write } from './world.js';
import type { World } from './world.js';

/** One run of a command: what it was told, where it writes and whom it talks to. */
export class Invocation {
  readonly world: World;
  readonly globals: GlobalOptions;
  readonly printer: Printer;
  /** What the program ends with when the command does not throw. */
  exitCode: ExitCode = EXIT_CODES.ok.code;
  #connection: Promise<Connection> | undefined;
  #toldAge = false;

  constructor(world: World, globals: GlobalOptions) {
    this.world = world;
    this.globals = globals;
    this.printer = new Printer({
      stdout: world.stdout,
      format: globals.output,
      colours: globals.color && takesColours(world.stdout, world.env),
      nowMs: () => world.clock.nowMs(),
    });
  }

  /** Aborted by Ctrl-C and SIGTERM. */
  get signal(): AbortSignal {
    return this.world.interrupt;
  }

  /** Options of every call: all of them end with the program. */
  get callOptions(): { readonly signal: AbortSignal } {
    return { signal: this.world.interrupt };
  }

  /** The coordinator's services, on one connection for the whole run. */
  connect(): Promise<Connection> {
    this.#connection ??= findTarget(this.globals, this.world).then((target) =>
      openConnection(target, {
        clock: this.world.clock,
        signal: this.signal,
        onAge: (ageMs, address) => {
          this.#tellAge(ageMs, address);
        },
      }),
    );
    return this.#connection;
  }

  /**
   * Runs the body, renews what it has shown where that is due, and closes what it opened; an error says who could not be
   * reached.
   */
  async run<T>(body: (call: Invocation) => Promise<T>): Promise<T> {
    try {
      const done = await body(this);
      await this.#renew();
      return done;
    } catch (thrown) {
      const connection = await this.#opened();
      const error = toHeadframeError(thrown);
      throw connection === undefined ? error : explainCall(error, connection, this.world.clock.nowMs());
    } finally {
      (await this.#opened())?.close();
    }
  }

  /** Once: it is the answers themselves that were asked for. */
  #tellAge(ageMs: number, address: string): void {
    const note = this.#toldAge ? undefined : ageNote(ageMs, address);
    if (note === undefined) return;
    this.#toldAge = true;
    void write(this.world.stderr, `${note}\n`);
  }

  async #renew(): Promise<void> {
    const connection = await this.#opened();
    if (connection !== undefined && !this.signal.aborted) await renewIfDue(connection, this.world);
  }

  async #opened(): Promise<Connection | undefined> {
    // When there is no address to connect to, the body has failed with that already.
    return this.#connection?.catch(() => undefined);
  }
}
