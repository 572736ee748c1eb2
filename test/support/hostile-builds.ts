import type { RepositoryFiles } from './git-repository.js';

/** Doubles five times, and does no more than a hundred things at once: without a limit it has 227 processes. */
const BOMB =
  'bomb() { [ $1 -gt 0 ] && { bomb $(($1-1)) & bomb $(($1-1)) & }; sleep 20; }; bomb 5 & ' +
  'for i in $(seq 100); do sleep 20 & done; wait';

/** Builds that never make an image, by role: the step that they take, and the reason that they end with. */
export const HOSTILE_BUILDS = {
  miner: { step: 'echo begun && exit 3', reason: 'image_build_failed' },
  validator: { step: BOMB, reason: 'build_too_many_processes' },
  scout: { step: 'sleep 600', reason: 'build_too_long' },
} as const;

/** A module with a Dockerfile for each of them. */
export function hostileFiles(base: string): RepositoryFiles {
  const dockerfiles = Object.entries(HOSTILE_BUILDS).map(([role, { step }]): [string, string] => [
    `Dockerfile.${role}`,
    `FROM ${base}\nRUN ${step}\n`,
  ]);
  const scout = 'roles:\n  scout:\n    command: [python]\n';
  return { ...Object.fromEntries(dockerfiles), 'headframe.module.yaml': scout };
}
