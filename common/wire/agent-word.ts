import { fromBinary } from '@bufbuild/protobuf';
import { SessionRequestSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { SessionRequest } from '../gen/headframe/v1/agent_service_pb.js';
import { numberFromWire } from './numbers.js';
import { instanceReportFromWire } from './report.js';
import { readReports } from './report-reader.js';
import type { ReportBatch } from './report-reader.js';
import { readUsage } from './usage-reader.js';
import { usageFromWire } from './usage.js';
import type { UsageReport } from './usage.js';
import { WireReader } from './wire-reader.js';

type Message = SessionRequest['message'];

/** What an agent says in its session: what there is most of is read and checked already, the rest as it came. */
export type AgentWord =
  | Exclude<Message, { readonly case: 'heartbeat' | 'reports' | 'usage' }>
  | { readonly case: 'heartbeat'; readonly sequence: number }
  | { readonly case: 'reports'; readonly value: ReportBatch }
  | { readonly case: 'usage'; readonly value: UsageReport };

// Fields of SessionRequest.
const FIELD = { heartbeat: 2, reports: 3, usage: 4 } as const;

/**
 * Reads what an agent says from the bytes of a `SessionRequest`. Throws HeadframeError (invalid_argument) as
 * `readReports` does, and what Protobuf throws on bytes that are no message.
 */
export function readAgentWord(bytes: Buffer): AgentWord {
  const reader = new WireReader(bytes);
  const field = reader.next();
  if (field === FIELD.heartbeat || field === FIELD.reports || field === FIELD.usage) {
    const inside = reader.message();
    if (reader.next() === 0) return readInside(field, inside);
  }
  // Copied, because `bytes` fields are views: kept ones would pin and share the network's buffer.
  return wordOf(fromBinary(SessionRequestSchema, new Uint8Array(bytes)).message);
}

function readInside(field: (typeof FIELD)[keyof typeof FIELD], inside: WireReader): AgentWord {
  if (field === FIELD.reports) return { case: 'reports', value: readReports(inside) };
  if (field === FIELD.usage) return { case: 'usage', value: readUsage(inside) };
  return readHeartbeat(inside);
}

function wordOf(message: Message): AgentWord {
  if (message.case === 'heartbeat')
    return { case: 'heartbeat', sequence: numberFromWire(message.value.sequence, 'sequence') };
  if (message.case === 'usage') return { case: 'usage', value: usageFromWire(message.value) };
  if (message.case !== 'reports') return message;
  const { sequence, reports } = message.value;
  const value = { sequence: numberFromWire(sequence, 'sequence'), reports: reports.map(instanceReportFromWire) };
  return { case: 'reports', value };
}

function readHeartbeat(reader: WireReader): AgentWord {
  let sequence = 0;
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) sequence = reader.number();
    else reader.skip();
  return { case: 'heartbeat', sequence: numberFromWire(BigInt(sequence), 'sequence') };
}
