import { create } from '@bufbuild/protobuf';
import { HealthCheckSchema, RestartPolicySchema } from '../gen/headframe/v1/miner_pb.js';
import type {
  HealthCheck as WireHealthCheck,
  RestartPolicy as WireRestartPolicy,
} from '../gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../model/error.js';
import type { HealthCheck, Probe, RestartPolicy } from '../model/miner.js';
import { RESTART_CONDITION } from './enums.js';

/** Milliseconds and counts that an unset field of the contract stands for. */
const UNSET = { intervalMs: 10_000, timeoutMs: 5000, retries: 3, maxAttempts: 10 } as const;
const UNSET_BACKOFF = { windowMs: 600_000, backoffMs: 100, maxBackoffMs: 60_000 } as const;

/** Puts a health check on the wire. */
export function healthToWire(health: HealthCheck): WireHealthCheck {
  const { startPeriodMs, intervalMs, timeoutMs, retries } = health;
  return create(HealthCheckSchema, { probe: probeToWire(health.probe), startPeriodMs, intervalMs, timeoutMs, retries });
}

/** Reads a health check as the coordinator resolved it. */
export function healthFromWire(message: WireHealthCheck): HealthCheck {
  return {
    probe: probeFromWire(message.probe),
    startPeriodMs: message.startPeriodMs ?? 0,
    intervalMs: message.intervalMs ?? UNSET.intervalMs,
    timeoutMs: message.timeoutMs ?? UNSET.timeoutMs,
    retries: message.retries ?? UNSET.retries,
  };
}

/** Puts a restart policy on the wire. */
export function restartToWire(restart: RestartPolicy): WireRestartPolicy {
  return create(RestartPolicySchema, { ...restart, condition: RESTART_CONDITION.toWire(restart.condition) });
}

/** Reads a restart policy as the coordinator resolved it. */
export function restartFromWire(message: WireRestartPolicy | undefined): RestartPolicy {
  return {
    condition: message === undefined ? 'always' : RESTART_CONDITION.fromWire(message.condition, 'restart.condition'),
    maxAttempts: message?.maxAttempts ?? UNSET.maxAttempts,
    windowMs: message?.windowMs ?? UNSET_BACKOFF.windowMs,
    backoffMs: message?.backoffMs ?? UNSET_BACKOFF.backoffMs,
    maxBackoffMs: message?.maxBackoffMs ?? UNSET_BACKOFF.maxBackoffMs,
  };
}

function probeToWire(probe: Probe): WireHealthCheck['probe'] {
  switch (probe.kind) {
    case 'http':
      return { case: 'http', value: { $typeName: 'headframe.v1.HttpProbe', port: probe.port, path: probe.path } };
    case 'tcp':
      return { case: 'tcp', value: { $typeName: 'headframe.v1.TcpProbe', port: probe.port } };
    case 'exec':
      return { case: 'exec', value: { $typeName: 'headframe.v1.ExecProbe', command: [...probe.command] } };
    case 'image':
      return { case: 'image', value: { $typeName: 'headframe.v1.ImageProbe' } };
  }
}

function probeFromWire(probe: WireHealthCheck['probe']): Probe {
  switch (probe.case) {
    case 'http':
      return { kind: 'http', port: probe.value.port, path: probe.value.path === '' ? '/' : probe.value.path };
    case 'tcp':
      return { kind: 'tcp', port: probe.value.port };
    case 'exec':
      return { kind: 'exec', command: probe.value.command };
    case 'image':
      return { kind: 'image' };
    case undefined:
      throw new HeadframeError({
        code: 'invalid_argument',
        reason: 'unknown_value',
        message: 'a health check has no probe that is known',
        remedy: 'Run the same version on both sides.',
      });
  }
}
