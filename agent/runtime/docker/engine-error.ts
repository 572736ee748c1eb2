import { HeadframeError } from '../../../common/model/error.js';
import type { ReasonCode } from '../../../common/model/reason.js';
import { runtimeError } from '../runtime-error.js';

/** What was asked of the engine when it failed. */
export type EnginePhase = 'create' | 'start' | 'stop' | 'remove' | 'read' | 'exec' | 'pull' | 'build';

/** A failure as the client library shows it. */
export interface EngineFault {
  /** HTTP status; undefined when there was no answer. */
  readonly statusCode: number | undefined;
  /** The engine's own text; the library's `reason` is fixed per endpoint and misleading. */
  readonly text: string;
  /** Socket error such as ECONNREFUSED. */
  readonly socketCode: string | undefined;
}

type Rule = readonly [pattern: RegExp, reason: ReasonCode];

/** Texts that mean the same wherever they come up. */
const ANYWHERE: readonly Rule[] = [
  [/no space left on device|disk quota exceeded/i, 'disk_full'],
  [/no such container/i, 'container_gone'],
  [/containerd.*(unavailable|connection refused|no such file)|transport: error while dialing/i, 'engine_unavailable'],
];

const CREATE_AND_START: readonly Rule[] = [
  // The engine's own program is missing, not the miner's.
  [/docker-init/i, 'engine_error'],
  // Before the next, whose words it may contain.
  [/invalid reference format|repository name must/i, 'image_invalid'],
  [/no such image/i, 'image_not_found'],
  [/port is already allocated|address already in use|failed to set up.*host port/i, 'port_conflict'],
  [/--storage-opt|storage-opt|supported only for overlay over xfs/i, 'not_supported'],
  [
    /minimum memory limit|memoryswap limit|memory reservation limit|range of cpus is|nanocpus|pids limit/i,
    'resources_rejected',
  ],
  [/requested cpus are not available|memory nodes are not available/i, 'resources_rejected'],
  [/could not select device driver|nvidia|gpu/i, 'gpu_unavailable'],
  [/unable to find user|unable to find group|no matching entries in passwd/i, 'user_not_found'],
  [
    /error gathering device information|bind source path does not exist|invalid mount|mount config|error while mounting|error mounting|mounts denied/i,
    'mount_failed',
  ],
  [
    /executable file not found|exec format error|exec: ".*": (stat|permission denied|is a directory)|no command specified|\bexec .*: (no such file|permission denied)/i,
    'command_not_found',
  ],
];

const PULL: readonly Rule[] = [
  [/invalid reference format|repository name must|invalid checksum digest/i, 'image_invalid'],
  [
    /manifest unknown|manifest for .* not found|not found: |does not exist|access denied|unauthorized|no such image|no matching manifest|^not found$/i,
    'image_not_found',
  ],
];

const RULES: Readonly<Record<EnginePhase, readonly Rule[]>> = {
  create: CREATE_AND_START,
  start: CREATE_AND_START,
  exec: [[/executable file not found/i, 'command_not_found']],
  pull: PULL,
  build: [
    [/invalid reference format/i, 'image_invalid'],
    // 128 and SIGXFSZ or SIGKILL.
    [/(?:returned a non-zero|exit) code: 153$/, 'build_too_large'],
    [/(?:returned a non-zero|exit) code: 137$/, 'build_out_of_memory'],
  ],
  stop: [],
  remove: [],
  read: [],
};

/** What a failure without a telling text means. */
const FALLBACK: Partial<Record<EnginePhase, ReasonCode>> = { pull: 'image_pull_failed', build: 'image_build_failed' };

/** The reason code of an engine failure, by its text: the same status stands for many causes. */
export function reasonOfEngineError(fault: EngineFault, phase: EnginePhase): ReasonCode {
  if (fault.statusCode === undefined && fault.socketCode !== undefined) return 'engine_unavailable';
  const rule = [...ANYWHERE, ...RULES[phase]].find(([pattern]) => pattern.test(fault.text));
  if (rule !== undefined) return rule[1];
  if (phase === 'pull' && fault.statusCode === 404) return 'image_not_found';
  return FALLBACK[phase] ?? 'engine_error';
}

/** Reads what the client library threw; undefined when it is no failure of the engine. */
export function faultOf(thrown: unknown): EngineFault | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const statusCode = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
  const socketCode = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  if (statusCode === undefined && socketCode === undefined) return undefined;
  return { statusCode, socketCode, text: engineText(thrown) };
}

/** Whether the engine answered with one of these HTTP statuses. */
export function hasStatus(thrown: unknown, ...statuses: readonly number[]): boolean {
  const status = faultOf(thrown)?.statusCode;
  return status !== undefined && statuses.includes(status);
}

/** Turns what an engine call threw into the project's error; what is not from the engine stays as it is. */
export function engineError(thrown: unknown, phase: EnginePhase): Error {
  if (thrown instanceof HeadframeError) return thrown;
  const fault = faultOf(thrown);
  if (fault === undefined) return thrown instanceof Error ? thrown : new Error(String(thrown));
  const reason = reasonOfEngineError(fault, phase);
  const remedy =
    fault.socketCode === 'EACCES' ? "Let the agent's user use the engine's socket (group docker)." : undefined;
  return runtimeError(reason, fault.text, { cause: thrown, ...(remedy === undefined ? {} : { remedy }) });
}

function engineText(thrown: Error): string {
  const json: unknown = 'json' in thrown ? thrown.json : undefined;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string')
    return json.message.trim();
  return thrown.message.trim();
}
