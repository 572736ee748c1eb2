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
  build_needs_buildkit: error(
    'The Dockerfile has an instruction that BuildKit alone builds, and its host builds nothing by it.',
    'Write the line for the classic builder, or leave builds.builder of the agent configuration at auto, with Docker Engine 20.10 or newer on the machine of an agent that runs as root.',
  ),
  build_syntax_unknown: error(
    'The Dockerfile has an instruction that BuildKit of this engine does not know yet.',
    'Write the line without it, use the engine that is named or a newer one, or begin the Dockerfile with # syntax=docker/dockerfile:1 where the host reaches the registry of that image.',
  ),
  build_frontend_missing: error(
    'The image that # syntax= names, by which BuildKit reads the Dockerfile, could not be had.',
    'Load that image on the host, let the host reach its registry, or leave the line out where the engine itself knows all that the Dockerfile uses.',
  ),
  build_mount_unknown: error(
    'The Dockerfile mounts a secret or an SSH agent into a step, of which no build is given any.',
    'Bring what the step fetches with the build context, or fetch it when the container starts, which is given the secrets of its miner.',
  ),
  build_unbounded: error(
    'A step of a build by BuildKit could not be bounded in what it takes of its host, so that the build was ended.',
    'Run the agent as root beside the engine, with cgroup controllers for memory, cpu and pids, or set builds.builder to classic.',
  ),
} as const satisfies Record<string, ReasonMeaning>;

/** A reason for which the build of an image failed, all by itself. */
export type BuildReason = keyof typeof BUILD_REASONS;

/** Whether a reason is one of these. */
export function isBuildReason(reason: string): reason is BuildReason {
  return Object.hasOwn(BUILD_REASONS, reason);
}
