import { error } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons for which an image is not built. */
export const BUILD_REASONS = {
  image_build_failed: error(
    'The image could not be built.',
    'Read the build output and correct the Dockerfile or its context.',
  ),
  build_too_long: error(
    'The build took longer than builds.timeout.',
    'Have its Dockerfile do less or end by itself, or raise builds.timeout of the agent configuration.',
  ),
  build_too_many_processes: error(
    'A step of the build needs more processes than builds.pids.',
    'Have its Dockerfile start fewer at once, as with fewer jobs, or raise builds.pids of the agent configuration.',
  ),
  build_too_large: error(
    'The steps of the build write more than builds.disk.',
    'Have its Dockerfile write less, or raise builds.disk of the agent configuration.',
  ),
  build_out_of_memory: error(
    'A step of the build was killed, as one is that needs more memory than builds.memory.',
    'Have its Dockerfile need less, as with fewer jobs, or raise builds.memory of the agent configuration.',
  ),
} as const satisfies Record<string, ReasonMeaning>;

/** A reason for which the build of an image failed, all by itself. */
export type BuildReason = keyof typeof BUILD_REASONS;

/** Whether a reason is one of these. */
export function isBuildReason(reason: string): reason is BuildReason {
  return Object.hasOwn(BUILD_REASONS, reason);
}
