import { Severity as WireSeverity } from '../gen/headframe/v1/event_pb.js';
import { HostState as WireHostState } from '../gen/headframe/v1/host_pb.js';
import { Health as WireHealth, InstanceState as WireInstanceState } from '../gen/headframe/v1/instance_pb.js';
import {
  NetworkMode as WireNetworkMode,
  OnRotate as WireOnRotate,
  OnDisconnect as WireOnDisconnect,
  Operator,
  Protocol,
  PullPolicy as WirePullPolicy,
  RestartCondition,
  StrategyKind,
} from '../gen/headframe/v1/miner_pb.js';
import type { Severity } from '../model/event.js';
import type { HostState } from '../model/host.js';
import type { Health, InstanceState } from '../model/instance.js';
import type {
  ConstraintOperator,
  NetworkMode,
  OnDisconnect,
  PortSpec,
  PullPolicy,
  RestartPolicy,
  Strategy,
} from '../model/miner.js';
import type { OnRotate } from '../model/secret.js';
import {
  ChallengeType as WireChallengeType,
  VerdictOutcome as WireVerdictOutcome,
} from '../gen/headframe/v1/verdict_pb.js';
import type { ChallengeType, VerdictOutcome } from '../model/verdict.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';

/** States of an instance. */
export const INSTANCE_STATE: EnumTable<InstanceState, WireInstanceState> = enumTable({
  pending: WireInstanceState.PENDING,
  assigned: WireInstanceState.ASSIGNED,
  preparing: WireInstanceState.PREPARING,
  starting: WireInstanceState.STARTING,
  running: WireInstanceState.RUNNING,
  stopping: WireInstanceState.STOPPING,
  stopped: WireInstanceState.STOPPED,
  failed: WireInstanceState.FAILED,
  lost: WireInstanceState.LOST,
});

/** Health of an instance. */
export const HEALTH: EnumTable<Health, WireHealth> = enumTable({
  none: WireHealth.NONE,
  checking: WireHealth.CHECKING,
  healthy: WireHealth.HEALTHY,
  unhealthy: WireHealth.UNHEALTHY,
});

/** What challenges ask to prove. */
export const CHALLENGE_TYPE: EnumTable<ChallengeType, WireChallengeType> = enumTable({
  cpu: WireChallengeType.CPU,
  memory: WireChallengeType.MEMORY,
  disk: WireChallengeType.DISK,
  network: WireChallengeType.NETWORK,
  gpu: WireChallengeType.GPU,
});

/** How challenges were judged. */
export const VERDICT_OUTCOME: EnumTable<VerdictOutcome, WireVerdictOutcome> = enumTable({
  passed: WireVerdictOutcome.PASSED,
  failed: WireVerdictOutcome.FAILED,
  void: WireVerdictOutcome.VOID,
});

/** States of a host. */
export const HOST_STATE: EnumTable<HostState, WireHostState> = enumTable({
  joining: WireHostState.JOINING,
  ready: WireHostState.READY,
  suspect: WireHostState.SUSPECT,
  lost: WireHostState.LOST,
  removed: WireHostState.REMOVED,
});

/** How much an event matters. */
export const SEVERITY: EnumTable<Severity, WireSeverity> = enumTable({
  info: WireSeverity.INFO,
  warning: WireSeverity.WARNING,
  error: WireSeverity.ERROR,
});

/** How a container reaches the network. */
export const NETWORK_MODE: EnumTable<NetworkMode, WireNetworkMode> = enumTable({
  bridge: WireNetworkMode.BRIDGE,
  host: WireNetworkMode.HOST,
  none: WireNetworkMode.NONE,
});

/** Protocol of a port. */
export const PROTOCOL: EnumTable<PortSpec['protocol'], Protocol> = enumTable({
  tcp: Protocol.TCP,
  udp: Protocol.UDP,
});

/** How a constraint compares. */
export const OPERATOR: EnumTable<ConstraintOperator, Operator> = enumTable({
  in: Operator.IN,
  notIn: Operator.NOT_IN,
  exists: Operator.EXISTS,
  notExists: Operator.NOT_EXISTS,
  greater: Operator.GREATER,
  less: Operator.LESS,
});

/** How instances are laid over hosts. */
export const STRATEGY_KIND: EnumTable<Strategy['kind'], StrategyKind> = enumTable({
  balance: StrategyKind.BALANCE,
  spread: StrategyKind.SPREAD,
  consolidate: StrategyKind.CONSOLIDATE,
});

/** When an ended container is started again. */
export const RESTART_CONDITION: EnumTable<RestartPolicy['condition'], RestartCondition> = enumTable({
  always: RestartCondition.ALWAYS,
  onFailure: RestartCondition.ON_FAILURE,
  never: RestartCondition.NEVER,
});

/** What happens to a cut-off instance. */
export const ON_DISCONNECT: EnumTable<OnDisconnect, WireOnDisconnect> = enumTable({
  keep: WireOnDisconnect.KEEP,
  stop: WireOnDisconnect.STOP,
});

/** When an image is pulled. */
export const PULL_POLICY: EnumTable<PullPolicy, WirePullPolicy> = enumTable({
  ifNotPresent: WirePullPolicy.IF_NOT_PRESENT,
  always: WirePullPolicy.ALWAYS,
  never: WirePullPolicy.NEVER,
});

/** What happens in a running container once a secret has a new value. */
export const ON_ROTATE: EnumTable<OnRotate, WireOnRotate> = enumTable({
  none: WireOnRotate.NONE,
  restart: WireOnRotate.RESTART,
  'signal:SIGHUP': WireOnRotate.SIGHUP,
  'signal:SIGUSR1': WireOnRotate.SIGUSR1,
  'signal:SIGUSR2': WireOnRotate.SIGUSR2,
});
