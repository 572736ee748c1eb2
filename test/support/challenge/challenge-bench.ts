import { createHash } from 'node:crypto';
import type { Argon2 } from '../../../common/challenge/argon2.js';
import { systemClock } from '../../../common/model/clock.js';
import type { Clock } from '../../../common/model/clock.js';
import type { Authority } from '../../../coordinator/security/authority/index.js';
import { Challenger } from '../../../coordinator/verify/challenger.js';
import type { ChallengerParts } from '../../../coordinator/verify/challenger.js';
import { hostKeysBy } from '../../../coordinator/verify/host-key.js';
import { verify } from '../../../coordinator/verify/verify-job.js';
import { u64 } from '../../../common/challenge/digest.js';
import { makeTestAuthority } from '../host-joins.js';
import { makeTempDir } from '../temp-dir.js';
import { ProvingHost, honestCgroup } from './proving-host.js';
import type { HostTricks } from './proving-host.js';
import { quickArgon2 } from './quick-argon2.js';
import { PATIENT, TEST_LIMITS } from './wishes.js';

/** A verifier and hosts that answer it in this process, over the true protocol. */
export class ChallengeBench implements AsyncDisposable {
  readonly clock: Clock;
  readonly authority: Authority;
  readonly #folder: Awaited<ReturnType<typeof makeTempDir>>;
  readonly #argon2: Argon2;

  constructor(
    parts: { clock: Clock; authority: Authority; argon2: Argon2 },
    folder: Awaited<ReturnType<typeof makeTempDir>>,
  ) {
    this.clock = parts.clock;
    this.authority = parts.authority;
    this.#argon2 = parts.argon2;
    this.#folder = folder;
  }

  static async open(clock: Clock = systemClock, argon2: Argon2 = quickArgon2): Promise<ChallengeBench> {
    const authority = await makeTestAuthority(clock);
    return new ChallengeBench({ clock, authority, argon2 }, await makeTempDir());
  }

  /** An honest host but for its tricks, which keeps its labels in a folder. */
  host(
    tricks: Partial<HostTricks> = {},
    hostId = 'host-1',
    dataDir = `${this.#folder.path}/${hostId}`,
  ): Promise<ProvingHost> {
    const honest = { argon2: this.#argon2, labels: '', readCgroup: honestCgroup(TEST_LIMITS) };
    const prover = { ...honest, ...tricks.prover };
    return ProvingHost.join(this.authority, hostId, dataDir, { ...tricks, prover });
  }

  /** Asks that host; its chance is repeatable by the seed. */
  challenger(host: ProvingHost, over: Partial<ChallengerParts> = {}, seed = 1): Challenger {
    return new Challenger({
      openTunnel: host.tunnels(),
      hostKeyOf: hostKeysBy({ verify: (der) => this.authority.verify(der), isRevoked: () => false }),
      verifier: {
        verify: async (job) => ({ fault: await verify(job, this.#argon2), verifyMs: 1 }),
      },
      clock: this.clock,
      random: seededBytes(seed),
      epoch: 1,
      rates: PATIENT,
      lottery: { oneIn: 20, mostMemoryBytes: 2 ** 40 },
      ...over,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Bytes by chance, the same for the same seed. */
function seededBytes(seed: number): (bytes: number) => Buffer {
  let count = 0;
  return (bytes) => {
    count += 1;
    const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, block) =>
      createHash('sha256').update(u64(seed)).update(u64(count)).update(u64(block)).digest(),
    );
    return Buffer.concat(blocks).subarray(0, bytes);
  };
}
