import type { ClientHttp2Session } from 'node:http2';
import { toBinary } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { WatchFleetRequestSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Certificates } from '../../../common/rpc/index.js';
import { GrpcStream, connectHttp2, proofBy } from '../../support/simulated/grpc-stream.js';

const PATH = '/headframe.v1.FleetService/WatchFleet';
const CALLS_PER_CONNECTION = 100;

/**
 * Clients that watch instances, of one miner where it is named, on a connection for each hundred; they note when messages come
 * and look no further.
 */
export class Watchers {
  readonly #sessions: ClientHttp2Session[] = [];
  readonly #streams: GrpcStream[] = [];
  #heard: (watcher: number, message: Uint8Array) => void = () => undefined;

  constructor(address: string, certificates: Certificates | undefined, count: number, miner = '') {
    const wanted = create(WatchFleetRequestSchema, { instances: true, miner });
    const request = toBinary(WatchFleetRequestSchema, wanted);
    const proof = proofBy(certificates);
    for (let watcher = 0; watcher < count; watcher += 1) {
      if (watcher % CALLS_PER_CONNECTION === 0) this.#sessions.push(connectHttp2(address, proof));
      const onMessage = (message: Uint8Array): void => {
        this.#heard(watcher, message);
      };
      const events = { onMessage, onEnd: () => undefined };
      const stream = new GrpcStream(address, PATH, events, { session: this.#sessions.at(-1) });
      stream.send(request);
      stream.finish();
      this.#streams.push(stream);
    }
  }

  get size(): number {
    return this.#streams.length;
  }

  /** Has each message from now on told with the number of its watcher. */
  onMessage(heard: (watcher: number, message: Uint8Array) => void): void {
    this.#heard = heard;
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
    for (const session of this.#sessions) session.destroy();
  }
}
