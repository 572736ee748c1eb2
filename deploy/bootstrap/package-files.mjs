import { runStep } from './steps.mjs';

/** Code compiled for the machine that it is packed on: keys cannot do without the first, and scans of plots are four times slower without the second. */
const KEPT = ['*/@node-rs/argon2-linux-*', '*/@chainsafe/hashtree-linux-*'];
/** Needed by nothing that runs; what else is compiled for one machine is an option of its package, which does without it, too. */
const LEFT_OUT = ['*.node', '*.map', '*.d.ts', '*.d.mts', '*.d.cts'];

/**
 * Deletes what a package does not need of a release.
 * @param {string} folder
 */
export async function leaveOut(folder) {
  const names = LEFT_OUT.flatMap((name) => ['-o', '-name', name]).slice(1);
  const kept = KEPT.flatMap((path) => ['!', '-path', path]);
  await runStep('find', [folder, '-type', 'f', ...kept, '(', ...names, ')', '-delete']);
}
