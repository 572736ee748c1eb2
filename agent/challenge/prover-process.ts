import { nativeArgon2 } from '../../common/challenge/native-argon2.js';
import { systemClock } from '../../common/model/clock.js';
import { prove } from './prover/prove.js';
import { serveProver } from './prover/serve.js';

/** A program of its own, so that no agent loads native code: `prover-process.js FOLDER-OF-LABELS`, in frames over stdin and stdout. */
const [, , labels = '/labels'] = process.argv;

await serveProver(
  {
    input: process.stdin,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    // An exit would wait for native code that works, which may take minutes.
    onGone: () => process.kill(process.pid, 'SIGKILL'),
  },
  { clock: systemClock, prove: (parameters, seed) => prove(parameters, seed, { argon2: nativeArgon2, labels }) },
);
process.stdin.destroy();
