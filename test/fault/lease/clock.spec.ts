import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LeaseState } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { Lease } from '../../../common/gen/headframe/v1/lease_pb.js';
import { describeWith } from '../../support/describe-with.js';
import { LeaseFleet } from '../../support/lease-fleet.js';
import { whyNoLeases } from '../../support/lease-host.js';
import { lifeOf } from '../../support/running-fleet.js';
import { makeTempDir } from '../../support/temp-dir.js';

const { READY, RELEASED } = LeaseState;
/** Past the end of the term, and less than a certificate may be older than its maker says. */
const TERM_MS = 180_000n;
const JUMP_MS = 240_000;
const WALL_JUMP = new URL('../../support/wall-jump.mjs', import.meta.url).href;

describeWith(whyNoLeases())('a wall clock that is set beyond the end of a lease', function () {
  this.timeout(120_000);

  it('ends nothing, starts nothing again and counts no time, of the coordinator and of the host, also where both are killed', async () => {
    await using temp = await makeTempDir();
    const HEADFRAME_TEST_WALL_OFFSET_FILE = join(temp.path, 'offset');
    const env = { NODE_OPTIONS: `--import ${WALL_JUMP}`, HEADFRAME_TEST_WALL_OFFSET_FILE };
    const at = await LeaseFleet.open([], { env });
    try {
      await at.ask('timed', { termMs: TERM_MS });
      const askedAtMs = performance.now();
      const first = await at.until('timed', READY);
      const life = lifeOf(await at.fleet.container('timed'));
      /** Sets the clock of both, and waits until times are told by it. */
      const set = async (offsetMs: number): Promise<Lease> => {
        await writeFile(HEADFRAME_TEST_WALL_OFFSET_FILE, String(offsetMs));
        return at.fleet.until('times to be told by the new clock', async () => {
          const { lease } = await at.leases.getLease({ id: 'timed' });
          const movedMs = Number((lease?.endsAtMs ?? 0n) - first.endsAtMs);
          return Math.abs(movedMs - offsetMs) < 60_000 && lease;
        });
      };
      const standing = async () => lifeOf(await at.fleet.container('timed'));
      for (const offsetMs of [JUMP_MS, -JUMP_MS]) {
        expect((await set(offsetMs)).state).to.equal(READY);
        await at.kill();
        await at.startAgain();
        await at.until('timed', READY);
        expect(await standing()).to.deep.equal(life);
      }
      const last = await set(0);
      expect(Number(last.usableMs)).to.be.at.most(performance.now() - askedAtMs);
      expect(await at.ssh(last, 'id -u')).to.equal('0');
      expect(await standing()).to.deep.equal(life);
      await at.leases.releaseLease({ id: 'timed' });
      await at.until('timed', RELEASED);
      await at.nothingLeft();
    } finally {
      await at.close();
    }
  });
});
