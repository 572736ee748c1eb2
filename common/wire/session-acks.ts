import type { SessionResponseSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { Encoded } from '../rpc/index.js';
import { WireWriter } from './wire-writer.js';

// Fields of SessionResponse, HeartbeatAck and ReportsAck: there are thousands a second of both.
const RESPONSE = { heartbeatAck: 2, reportsAck: 5 } as const;
const HEARTBEAT_ACK = { sequence: 1, epoch: 2, atMs: 3 } as const;
const REPORTS_ACK = { sequence: 1 } as const;

const writer = new WireWriter();

/** Encodes the answer to a heartbeat. */
export function encodeHeartbeatAck(ack: {
  readonly sequence: number;
  readonly epoch: number;
  readonly atMs: number;
}): Encoded<typeof SessionResponseSchema> {
  writer.message(RESPONSE.heartbeatAck, () => {
    writer.number(HEARTBEAT_ACK.sequence, ack.sequence).number(HEARTBEAT_ACK.epoch, ack.epoch);
    writer.number(HEARTBEAT_ACK.atMs, ack.atMs);
  });
  return taken();
}

/** Encodes the word that reports up to a sequence are durable. */
export function encodeReportsAck(sequence: number): Encoded<typeof SessionResponseSchema> {
  writer.message(RESPONSE.reportsAck, () => writer.number(REPORTS_ACK.sequence, sequence));
  return taken();
}

function taken(): Encoded<typeof SessionResponseSchema> {
  // The brand exists in types alone; what was written above is that message.
  return writer.take() as Encoded<typeof SessionResponseSchema>;
}
