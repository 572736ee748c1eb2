import { constants, setPriority } from 'node:os';
import { nativeArgon2 } from '../../common/challenge/native-argon2.js';
import { verify } from './verify-job.js';
import type { VerifyJob } from './verify-job.js';

/** A program of its own: Argon2 would take the threads that the coordinator's disk needs, and its memory. It gives way to all else. */
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

process.on('message', ({ number, job }: { readonly number: number; readonly job: VerifyJob }) => {
  const startedMs = performance.now();
  verify(job, nativeArgon2).then(
    (fault) => process.send?.({ number, fault, verifyMs: performance.now() - startedMs }),
    // Whoever asked hears that it has ended.
    () => process.kill(process.pid, 'SIGKILL'),
  );
});
