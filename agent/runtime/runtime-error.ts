import { HeadframeError } from '../../common/model/error.js';
import type { ErrorCode } from '../../common/model/error.js';
import { REASONS } from '../../common/model/reason.js';
import type { ReasonCode } from '../../common/model/reason.js';

const CODES: Partial<Record<ReasonCode, ErrorCode>> = {
  image_not_found: 'not_found',
  image_pull_failed: 'unavailable',
  image_invalid: 'invalid_argument',
  image_build_failed: 'failed_precondition',
  build_too_long: 'deadline_exceeded',
  build_too_many_processes: 'resource_exhausted',
  build_too_large: 'resource_exhausted',
  build_out_of_memory: 'resource_exhausted',
  build_needs_buildkit: 'failed_precondition',
  build_syntax_unknown: 'failed_precondition',
  build_frontend_missing: 'failed_precondition',
  build_mount_unknown: 'failed_precondition',
  build_unbounded: 'failed_precondition',
  port_conflict: 'failed_precondition',
  command_not_found: 'invalid_argument',
  user_not_found: 'invalid_argument',
  mount_failed: 'failed_precondition',
  mount_not_allowed: 'permission_denied',
  privilege_not_allowed: 'permission_denied',
  gpu_unavailable: 'failed_precondition',
  resources_rejected: 'invalid_argument',
  disk_full: 'resource_exhausted',
  engine_unavailable: 'unavailable',
  container_gone: 'not_found',
  not_supported: 'unimplemented',
  lease_not_possible: 'failed_precondition',
  lease_runtime_missing: 'failed_precondition',
  lease_network_failed: 'unavailable',
  lease_subnets_used_up: 'resource_exhausted',
  lease_disk_failed: 'unavailable',
  secret_store_unsafe: 'failed_precondition',
  secret_unwritable: 'failed_precondition',
  secret_owner_unknown: 'failed_precondition',
};

/** What a runtime failure may say beyond its reason and text. */
export interface RuntimeErrorExtras {
  /** In place of the class that goes with the reason. */
  readonly code?: ErrorCode;
  /** In place of the remedy that goes with the reason. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A failure of a runtime: its class and remedy follow from the reason unless given; unlisted reasons count as internal. */
export function runtimeError(reason: ReasonCode, message: string, extras: RuntimeErrorExtras = {}): HeadframeError {
  return new HeadframeError({
    code: CODES[reason] ?? 'internal',
    reason,
    message,
    remedy: REASONS[reason].remedy,
    ...extras,
  });
}
