import { toBinary } from '@bufbuild/protobuf';
import { SessionRequestSchema } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import type { Certificates } from '../../../common/rpc/index.js';
import { helloToWire } from '../../../common/wire/agent.js';
import { heartbeatMessage, readWord, reportsMessage } from '../../support/simulated/agent-messages.js';
import type { CoordinatorWord } from '../../support/simulated/agent-messages.js';
import { GrpcStream, proofBy } from '../../support/simulated/grpc-stream.js';
import { sampleHello } from '../../support/sample-hello.js';
import { waitFor } from '../../support/wait-for.js';

/** The host that it serves. */
export const BENCH_HOST = 'bench-host';
const PATH = '/headframe.v1.AgentService/Session';

/** An agent on one host that reports its instances running, and later whatever it is told to. */
export class ReportingAgent {
  readonly serials: number[] = [];
  readonly #stream: GrpcStream;
  readonly #beats: NodeJS.Timeout;
  #sequence = 0;
  #acknowledged = 0;
  #beat = 0;

  constructor(address: string, certificates: Certificates | undefined, heartbeatMs: number) {
    const resources = { cpuMillis: 100_000, memoryBytes: 2 ** 38, diskBytes: 2 ** 40, gpus: 0 };
    const events = {
      onMessage: (message: Uint8Array) => {
        this.#take(readWord(message));
      },
      onEnd: () => undefined,
    };
    this.#stream = new GrpcStream(address, PATH, events, { proof: proofBy(certificates) });
    const message = { case: 'hello' as const, value: helloToWire(sampleHello(BENCH_HOST, { claimed: resources })) };
    this.#stream.send(toBinary(SessionRequestSchema, { $typeName: 'headframe.v1.SessionRequest', message }));
    this.#beats = setInterval(() => {
      this.#beat += 1;
      this.#stream.send(heartbeatMessage(this.#beat));
    }, heartbeatMs);
  }

  /** Waits until the coordinator has acknowledged so many instances as running. */
  async holds(count: number): Promise<void> {
    await waitFor(
      `${String(count)} instances`,
      () => this.serials.length === count && this.#acknowledged === this.#sequence,
      60_000,
    );
  }

  /** Reports that the container of an instance was started at another time. */
  report(serial: number, startedAtMs: number): void {
    this.#send([serial], startedAtMs);
  }

  close(): void {
    clearInterval(this.#beats);
    this.#stream.close();
  }

  #take(word: CoordinatorWord): void {
    if (word.kind === 'reportsAck') this.#acknowledged = word.sequence;
    if (word.kind !== 'snapshot' && word.kind !== 'delta') return;
    const serials = word.runs.flatMap(({ first, count }) => Array.from({ length: count }, (_, at) => first + at));
    this.serials.push(...serials);
    if (serials.length > 0) this.#send(serials, Date.now());
  }

  #send(serials: readonly number[], startedAtMs: number): void {
    this.#sequence += 1;
    const reports = serials.map((serial) => ({ serial, state: 'running' as const }));
    this.#stream.send(reportsMessage(this.#sequence, reports, startedAtMs));
  }
}
