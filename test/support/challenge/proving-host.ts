import type { KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { create } from '@bufbuild/protobuf';
import { ChallengeDesk } from '../../../agent/challenge/index.js';
import { serveProver } from '../../../agent/challenge/prover/serve.js';
import type { ServedProver } from '../../../agent/challenge/prover/serve.js';
import { prove } from '../../../agent/challenge/prover/prove.js';
import type { ProverParts } from '../../../agent/challenge/prover/prove.js';
import type { OpenProver } from '../../../agent/runtime/prover.js';
import { encodeFrame, readFrames } from '../../../common/challenge/frames.js';
import type { Frame } from '../../../common/challenge/frames.js';
import type { CgroupReading } from '../../../common/challenge/proof.js';
import { TunnelRequestSchema, OutputStream } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import type { TunnelRequest, TunnelResponse } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import type { Assignment } from '../../../common/model/workload.js';
import type { OpenTunnel } from '../../../coordinator/verify/port.js';
import type { Authority } from '../../../coordinator/security/authority/index.js';
import { makeHostKey, requestBy } from '../host-joins.js';
import { Pipe } from './byte-pipe.js';
import { openCpuDevices } from './cpu-devices.js';
import type { DeviceTricks } from './cpu-devices.js';

/** How a host in a test differs from an honest one. */
export interface HostTricks {
  /** What its prover works with. */
  readonly prover: ProverParts & Partial<Pick<ServedProver, 'clock' | 'readCgroup' | 'readThreads'>>;
  /** How its GPUs work; undefined where it has none. */
  readonly gpus?: DeviceTricks;
  /** Image of the program that proves GPUs, where its provers are in true containers. */
  readonly gpuImage?: string;
  /** What becomes of a frame on its way to the verifier; [] keeps it back. */
  readonly onSend?: (frame: Frame) => readonly Frame[] | Promise<readonly Frame[]>;
  /** What becomes of a frame on its way to the prover. */
  readonly onWork?: (frame: Frame) => Frame;
  /** What instances are to be there. */
  readonly assignmentOf?: (serial: number) => Assignment | undefined;
  /** The connection breaks when this many frames were sent. */
  readonly breaksAfter?: number;
}

/** A host whose agent's own desk answers, with a prover in this process. */
export class ProvingHost {
  readonly hostId: string;
  readonly #key: KeyObject;
  readonly #certificate: string;
  readonly #dataDir: string;
  tricks: HostTricks;

  constructor(facts: { hostId: string; key: KeyObject; certificate: string; dataDir: string }, tricks: HostTricks) {
    this.hostId = facts.hostId;
    this.#key = facts.key;
    this.#certificate = facts.certificate;
    this.#dataDir = facts.dataDir;
    this.tricks = tricks;
  }

  static async join(authority: Authority, hostId: string, dataDir: string, tricks: HostTricks): Promise<ProvingHost> {
    const key = makeHostKey();
    const certificate = await authority.issueAgent(requestBy(key, hostId), hostId);
    return new ProvingHost({ hostId, key, certificate, dataDir }, tricks);
  }

  /** A desk that knows no challenge yet, as after a start of the agent. */
  desk(openProver: OpenProver | undefined = this.openProver): ChallengeDesk {
    const key = this.#key.export({ type: 'pkcs8', format: 'pem' });
    const current = () => ({ certificate: Buffer.from(this.#certificate), key: Buffer.from(key) });
    return new ChallengeDesk({
      hostId: this.hostId,
      dataDir: this.#dataDir,
      identity: { current },
      openProver,
      gpuImage: this.tricks.gpuImage ?? (this.tricks.gpus === undefined ? '' : 'gpu-prover'),
      assignmentOf: (serial) => this.tricks.assignmentOf?.(serial),
    });
  }

  /** Tunnels to this host. */
  tunnels(desk: ChallengeDesk = this.desk()): OpenTunnel {
    return (_hostId, { value: order }) => {
      const over = new AbortController();
      const [up, down] = [new Pipe<TunnelRequest>(), new Pipe<TunnelResponse>()];
      let sent = 0;
      const sendOne = async ({ kind, payload }: Frame): Promise<void> => {
        if (sent === this.tricks.breaksAfter) up.end();
        sent += 1;
        await up.write(dataMessage(encodeFrame(kind, payload)));
      };
      const send = async (kind: Frame['kind'], payload: Uint8Array): Promise<void> => {
        for (const frame of (await this.tricks.onSend?.({ kind, payload })) ?? [{ kind, payload }])
          await sendOne(frame);
      };
      const link = { frames: readFrames(inputOf(down)), send };
      void desk.serve(order, link, over.signal).then(
        () => up.end(),
        async (error: unknown) => {
          const { reason, message: text } = toHeadframeError(error);
          const value = { $typeName: 'headframe.v1.TunnelFailure' as const, reason, text };
          await up.write(create(TunnelRequestSchema, { message: { case: 'failure', value } })).catch(() => undefined);
          up.end();
        },
      );
      const close = (): void => {
        down.end();
        over.abort();
      };
      return Promise.resolve({ incoming: up, outgoing: down, close });
    };
  }

  /** Starts a prover in this process. */
  readonly openProver: OpenProver = async (request) => {
    if (request.kind === 'gpu') return openCpuDevices(this.tricks.gpus);
    const { labels } = request;
    await mkdir(labels, { recursive: true });
    const [input, output] = [new Pipe<Uint8Array>(), new Pipe<Uint8Array>()];
    const { onWork } = this.tricks;
    const { clock = systemClock, readCgroup, readThreads, ...parts } = this.tricks.prover;
    const write = (bytes: Uint8Array): Promise<void> => output.write(bytes);
    const streams = { input, write, onGone: () => undefined };
    const served = serveProver(streams, {
      prove: (parameters, seed) => prove(parameters, seed, { ...parts, labels }),
      ...{ clock, readCgroup, readThreads },
    });
    void served.finally(() => output.end());
    return {
      isContained: true,
      output,
      write: async (bytes: Uint8Array) => {
        if (onWork === undefined) await input.write(bytes);
        else
          for await (const frame of readFrames(one(bytes))) {
            const { kind, payload } = onWork(frame);
            await input.write(encodeFrame(kind, payload));
          }
      },
      close: () => {
        input.end();
        return Promise.resolve();
      },
    };
  };
}

/** What an honest container of these limits shows after some work: all of it plausible. */
export function honestCgroup(limits: { readonly cpuMillis: number; readonly memoryBytes: number }): CgroupOf {
  let readings = 0;
  return () => {
    readings += 1;
    return Promise.resolve({
      version: 2,
      cpuLimitMillis: limits.cpuMillis,
      memoryLimitBytes: limits.memoryBytes,
      memoryPeakBytes: limits.memoryBytes,
      // Two readings of each challenge, with half a second of work between them.
      cpuTimeMs: readings * 500,
      throttledMs: 0,
    });
  };
}

type CgroupOf = () => Promise<Omit<CgroupReading, 'wallMs'>>;

function dataMessage(data: Uint8Array): TunnelRequest {
  const value = { $typeName: 'headframe.v1.StreamData' as const, stream: OutputStream.STDOUT, data };
  return create(TunnelRequestSchema, { message: { case: 'data', value } });
}

async function* inputOf(down: AsyncIterable<TunnelResponse>): AsyncGenerator<Uint8Array> {
  for await (const { message } of down) if (message.case === 'stdin') yield message.value;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
