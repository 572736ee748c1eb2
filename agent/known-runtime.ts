import type { Logger } from '../common/observe/logger.js';
import type { Runtime, RuntimeInfo } from './runtime/runtime.js';

const INFO_TIMEOUT_MS = 5_000;

/** What the runtime last said of itself. An engine that does not answer must not cost a session. */
export class KnownRuntime {
  readonly #runtime: Pick<Runtime, 'info'>;
  readonly #kind: RuntimeInfo['kind'];
  readonly #logger: Logger;
  #known: RuntimeInfo | undefined;

  constructor(runtime: Pick<Runtime, 'info'>, kind: RuntimeInfo['kind'], logger: Logger) {
    this.#runtime = runtime;
    this.#kind = kind;
    this.#logger = logger;
  }

  /** Whether it has ever answered. */
  get hasAnswered(): boolean {
    return this.#known !== undefined;
  }

  /** Asks it; tells what it said before when it does not answer, or only that it is there. Never rejects. */
  async ask(): Promise<RuntimeInfo> {
    try {
      this.#known = await this.#runtime.info(AbortSignal.timeout(INFO_TIMEOUT_MS));
    } catch (error) {
      this.#logger.debug({ err: error }, 'the container engine tells nothing of itself');
    }
    return this.#known ?? unknownRuntime(this.#kind);
  }
}

function unknownRuntime(kind: RuntimeInfo['kind']): RuntimeInfo {
  return { kind, version: '', isolates: kind === 'docker', dataRoot: '', cgroupVersion: '', capabilities: [] };
}
