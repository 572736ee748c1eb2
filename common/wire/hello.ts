import { create } from '@bufbuild/protobuf';
import { z } from 'zod';
import { HelloSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { Hello } from '../gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../model/error.js';
import type { HostDescription } from '../model/host.js';
import type { Labels } from '../model/miner.js';
import type { Resources } from '../model/resources.js';
import { checkSchema, labelsField } from '../model/schema/index.js';
import { descriptionFromWire, descriptionToWire } from './host-facts.js';
import { numberFromWire, numberToWire } from './numbers.js';
import { resourcesFromWire, resourcesToWire } from './resources.js';
import { LONGEST_WORD, boundedText } from './texts.js';

/** Version of the agent protocol; both sides must have the same. */
const PROTOCOL_VERSION = 1;

/** What an agent says of itself when a session begins. */
export interface AgentHello {
  readonly hostId: string;
  readonly hostName: string;
  /** Drawn anew at each start of the agent process. */
  readonly agentRunId: string;
  readonly agentVersion: string;
  /** 'docker' or 'process'. */
  readonly runtime: string;
  readonly description: HostDescription;
  readonly claimed: Resources;
  readonly reserved: Resources;
  readonly labels: Labels;
  /** Managed range for automatic host ports, inclusive. */
  readonly portRange: { readonly start: number; readonly end: number };
  /** Serials of the instances it holds. */
  readonly held: readonly number[];
  /** Highest epoch it has seen, and revision of what it holds; 0 when none. */
  readonly epoch: number;
  readonly assignmentRevision: number;
  readonly capabilities: readonly string[];
}

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1-63 letters, digits and . _ -');
const port = z.int().min(1).max(65_535);

// What the coordinator acts upon is refused when it is wrong; what only people read is cut (host-facts.ts).
const actedUpon = z.object({
  hostId: id,
  hostName: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, '1-253 letters, digits and . _ -'),
  agentRunId: id,
  runtime: z.enum(['docker', 'process']),
  labels: labelsField,
  portRange: z
    .object({ start: port, end: port })
    .refine(({ start, end }) => start <= end, 'a range that does not end before it begins'),
  claimed: z.object({ cpuMillis: z.int().max(1e9), gpus: z.int().max(1024) }),
  held: z.array(z.int()).max(100_000),
});

/** Puts a hello on the wire. */
export function helloToWire(hello: AgentHello): Hello {
  const { hostId, hostName, agentRunId, agentVersion, runtime, labels, capabilities } = hello;
  return create(HelloSchema, {
    hostId,
    hostName,
    bootId: hello.description.bootId,
    agentRunId,
    agentVersion,
    protocolVersion: PROTOCOL_VERSION,
    facts: descriptionToWire(hello.description),
    claimed: resourcesToWire(hello.claimed),
    reserved: resourcesToWire(hello.reserved),
    labels: { ...labels },
    runtime,
    portRangeStart: hello.portRange.start,
    portRangeEnd: hello.portRange.end,
    held: hello.held.map((serial) => numberToWire(serial, 'held')),
    epoch: numberToWire(hello.epoch, 'epoch'),
    assignmentRevision: numberToWire(hello.assignmentRevision, 'assignmentRevision'),
    capabilities: [...capabilities],
  });
}

/**
 * Reads a hello. Throws HeadframeError: failed_precondition, protocol_mismatch, for another protocol version, and
 * invalid_argument, hello_invalid, with all that is wrong.
 */
export function helloFromWire(message: Hello): AgentHello {
  if (message.protocolVersion !== PROTOCOL_VERSION) throw protocolMismatch(message.protocolVersion);
  const hello: AgentHello = {
    hostId: message.hostId,
    hostName: message.hostName,
    agentRunId: message.agentRunId,
    agentVersion: boundedText(message.agentVersion, LONGEST_WORD),
    runtime: message.runtime,
    description: descriptionFromWire(message.facts),
    claimed: resourcesFromWire(message.claimed, 'claimed'),
    reserved: resourcesFromWire(message.reserved, 'reserved'),
    labels: message.labels,
    portRange: { start: message.portRangeStart, end: message.portRangeEnd },
    held: message.held.map((serial) => numberFromWire(serial, 'held')),
    epoch: numberFromWire(message.epoch, 'epoch'),
    assignmentRevision: numberFromWire(message.assignmentRevision, 'assignmentRevision'),
    capabilities: message.capabilities.slice(0, 64).map((capability) => boundedText(capability, LONGEST_WORD)),
  };
  const checked = checkSchema(actedUpon, hello);
  if ('value' in checked) return hello;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'hello_invalid',
    message: "the agent's hello is not valid",
    remedy: "Correct the agent's configuration.",
    violations: checked.violations,
  });
}

function protocolMismatch(version: number): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'protocol_mismatch',
    message: `the agent speaks protocol version ${version}, this coordinator ${PROTOCOL_VERSION}`,
    remedy: 'Run the same release on both sides.',
  });
}
