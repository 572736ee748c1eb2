import { create } from '@bufbuild/protobuf';
import { ChallengeParametersSchema, DiskStage } from '../gen/headframe/v1/challenge_pb.js';
import type {
  CgroupReading as WireReading,
  ChallengeOpen,
  ChallengeParameters as WireParameters,
} from '../gen/headframe/v1/challenge_pb.js';
import { HeadframeError } from '../model/error.js';
import { checkParameters } from './parameters.js';
import type { ChallengeParameters, DiskParameters } from './parameters.js';
import type { CgroupReading, Opened } from './proof.js';

/** As it is sent. */
export function parametersToWire(parameters: ChallengeParameters): WireParameters {
  return create(ChallengeParametersSchema, { type: typeToWire(parameters) });
}

/** Checked. Throws `HeadframeError` (invalid_argument, 'challenge_invalid') for what is out of bounds, or of no known type. */
export function parametersFromWire(wire: WireParameters | undefined): ChallengeParameters {
  const parameters = readType(wire?.type);
  checkParameters(parameters);
  return parameters;
}

type InitType = NonNullable<Parameters<typeof create<typeof ChallengeParametersSchema>>[1]>['type'];

function typeToWire(parameters: ChallengeParameters): NonNullable<InitType> {
  switch (parameters.type) {
    case 'cpu':
      return { case: 'cpu', value: without(parameters) };
    case 'memory':
      return { case: 'memory', value: without(parameters) };
    case 'disk':
      return { case: 'disk', value: { ...without(parameters), stage: stageToWire(parameters.stage) } };
    case 'network': {
      const { echoes, downBytes, upBytes } = parameters;
      return { case: 'network', value: { echoes, downBytes: BigInt(downBytes), upBytes: BigInt(upBytes) } };
    }
    case 'gpu': {
      const devices = parameters.devices.map(({ id, tiles }) => ({ id, tiles: BigInt(tiles) }));
      return { case: 'gpu', value: { ...without(parameters), devices } };
    }
  }
}

function without<T extends ChallengeParameters>({ type: _type, ...rest }: T): Omit<T, 'type'> {
  return rest;
}

function readType(type: WireParameters['type'] | undefined): ChallengeParameters {
  switch (type?.case) {
    case 'cpu': {
      const { chains, steps, memoryKib, passes, samples } = type.value;
      return { type: 'cpu', chains, steps, memoryKib, passes, samples };
    }
    case 'memory':
      return { type: 'memory', memoryKib: type.value.memoryKib, lanes: type.value.lanes };
    case 'disk': {
      const { label, stage, nodes, layers, samples, reads } = type.value;
      return { type: 'disk', label, stage: stageFromWire(stage), nodes, layers, samples, reads };
    }
    case 'network': {
      const { echoes, downBytes, upBytes } = type.value;
      return { type: 'network', echoes, downBytes: Number(downBytes), upBytes: Number(upBytes) };
    }
    case 'gpu': {
      const { devices, rounds, samples } = type.value;
      const shares = devices.map(({ id, tiles }) => ({ id, tiles: Number(tiles) }));
      return { type: 'gpu', devices: shares, rounds, samples };
    }
    case undefined:
      throw invalid('a challenge of a type that this version does not know');
  }
}

function stageToWire(stage: DiskParameters['stage']): DiskStage {
  return stage === 'plot' ? DiskStage.PLOT : DiskStage.READ;
}

function stageFromWire(stage: DiskStage): DiskParameters['stage'] {
  if (stage === DiskStage.PLOT) return 'plot';
  if (stage === DiskStage.READ) return 'read';
  throw invalid('disk.stage is neither plot nor read');
}

function invalid(message: string): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'challenge_invalid',
    message,
    remedy: 'Run the same version of the agent and the coordinator.',
  });
}

/** What a host says of its prover's container; numbers beyond what is exact count as the most that is. */
export function readingFromWire(wire: WireReading | undefined): CgroupReading | undefined {
  if (wire === undefined) return undefined;
  const { version, cpuLimitMillis } = wire;
  return {
    version: version === 1 || version === 2 ? version : 0,
    cpuLimitMillis,
    memoryLimitBytes: numberOf(wire.memoryLimitBytes),
    memoryPeakBytes: numberOf(wire.memoryPeakBytes),
    cpuTimeMs: numberOf(wire.cpuTimeMs),
    throttledMs: numberOf(wire.throttledMs),
    wallMs: numberOf(wire.wallMs),
  };
}

function numberOf(value: bigint): number {
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

/** What was opened; nothing of it is believed yet. */
export function openedFromWire({ openings, values }: Pick<ChallengeOpen, 'openings' | 'values'>): Opened {
  return {
    openings: openings.map(({ tree, index, leaf, path }) => ({ tree, index: Number(index), leaf, path })),
    values,
  };
}
