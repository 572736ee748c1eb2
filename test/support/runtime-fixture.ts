import type { ObservedInstance, OutputChunk, Runtime } from '../../agent/runtime/runtime.js';
import type { Assignment } from '../../common/model/workload.js';
import { buildAssignment } from './build-assignment.js';
import type { AssignmentParts } from './build-assignment.js';
import { waitFor } from './wait-for.js';

/** Opens a runtime for a host; several may be open at once, and each is closed by who opened it. */
export type OpenRuntime = (hostId: string) => Runtime;

/** One host's instances in a test: serials that no other test uses, and everything removed at the end. */
export class RuntimeFixture {
  static #serials = process.pid * 1000;
  readonly signal = AbortSignal.timeout(60_000);
  readonly hostId: string;
  readonly runtime: Runtime;
  readonly #open: OpenRuntime;
  readonly #opened: Runtime[] = [];

  constructor(open: OpenRuntime) {
    this.#open = open;
    this.hostId = `test-host-${String(RuntimeFixture.nextSerial())}`;
    this.runtime = this.reopen();
  }

  static nextSerial(): number {
    RuntimeFixture.#serials += 1;
    return RuntimeFixture.#serials;
  }

  /** Another runtime object for the same host. */
  reopen(): Runtime {
    const runtime = this.#open(this.hostId);
    this.#opened.push(runtime);
    return runtime;
  }

  assignment(parts: AssignmentParts = {}): Assignment {
    return buildAssignment({ serial: RuntimeFixture.nextSerial(), ...parts });
  }

  async started(parts: AssignmentParts = {}): Promise<Assignment> {
    const assignment = this.assignment(parts);
    await this.runtime.create(assignment, this.signal);
    await this.runtime.start(assignment.serial, this.signal);
    return assignment;
  }

  async observed(serial: number): Promise<ObservedInstance> {
    const instance = await this.runtime.inspect(serial, this.signal);
    if (instance === undefined) throw new Error(`instance ${String(serial)} is not there`);
    return instance;
  }

  ended(serial: number): Promise<ObservedInstance> {
    return waitFor('the end of the instance', async () => {
      const instance = await this.observed(serial);
      return instance.status === 'exited' && instance;
    });
  }

  async log(serial: number, query: { follow?: boolean; tail?: number } = {}): Promise<Output> {
    const whole = { follow: false, tail: undefined, sinceMs: 0, timestamps: false, ...query };
    return collect(this.runtime.logs(serial, whole, this.signal));
  }

  async close(): Promise<void> {
    for (const { serial } of await this.runtime.list(this.signal)) {
      await this.runtime.stop(serial, 0, this.signal);
      await this.runtime.remove(serial, this.signal);
    }
    for (const runtime of this.#opened) await runtime.close();
  }
}

/** Output by stream, as text. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Reads output to its end. */
export async function collect(chunks: AsyncIterable<OutputChunk>): Promise<Output> {
  const output = { stdout: '', stderr: '' };
  for await (const { stream, data } of chunks) output[stream] += Buffer.from(data).toString();
  return output;
}

/** A command without terminal and input. */
export const PLAIN_EXEC = { tty: false, stdin: false, columns: 80, rows: 24 };
