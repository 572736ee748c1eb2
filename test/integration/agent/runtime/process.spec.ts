import { tmpdir } from 'node:os';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openProcessRuntime } from '../../../../agent/runtime/process/index.js';
import type { Runtime } from '../../../../agent/runtime/runtime.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { shellScript } from '../../../support/build-assignment.js';
import { expectReason } from '../../../support/expect-reason.js';
import { describeRuntimeContract } from '../../../support/runtime-contract.js';
import { RuntimeFixture } from '../../../support/runtime-fixture.js';
import { waitFor } from '../../../support/wait-for.js';

describe('the process runtime', function () {
  this.timeout(60_000);
  let stateDir = '';
  const open = (hostId: string): Runtime =>
    openProcessRuntime({ hostId, stateDir, logger: silentLogger, clock: systemClock });

  before(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'headframe-process-'));
  });
  after(() => rmSync(stateDir, { recursive: true }));

  describeRuntimeContract(open);

  describe('on this host', () => {
    let f: RuntimeFixture;
    beforeEach(() => {
      f = new RuntimeFixture(open);
    });
    afterEach(() => f.close());

    it('says that it walls nothing off', async () => {
      expect(await f.runtime.info(f.signal)).to.deep.include({ kind: 'process', isolates: false, capabilities: [] });
    });

    it('refuses what it could only pretend', async () => {
      const tmpfs = { kind: 'tmpfs', sizeBytes: 0, target: '/x', readOnly: false } as const;
      const refusals = [
        { container: { command: [] } },
        { container: { mounts: [tmpfs] } },
        { container: { user: 'nobody' } },
        { container: { network: 'none' as const } },
        { gpuIds: ['GPU-1'] },
      ];
      for (const parts of refusals)
        await expectReason(f.runtime.create(f.assignment(parts), f.signal), 'not_supported');
    });

    it('says at the start that a command is not there', async () => {
      const assignment = f.assignment({ container: { command: ['no-such-command'] } });
      await f.runtime.create(assignment, f.signal);
      await expectReason(f.runtime.start(assignment.serial, f.signal), 'command_not_found');
      expect((await f.observed(assignment.serial)).status).to.equal('created');
    });

    it('takes the children of an ended instance along', async () => {
      const { serial } = await f.started({ container: shellScript('sleep 1000 & echo $!; exit 0') });
      await f.ended(serial);
      const child = Number((await f.log(serial)).stdout);
      await waitFor('the end of the child', () => !isThere(child));
    });

    it('still holds an instance whose supervisor was killed', async () => {
      const { serial } = await f.started();
      const { pid } = await f.observed(serial);
      const supervisor = parentOf(pid);
      process.kill(supervisor, 'SIGKILL');
      await waitFor('the end of the supervisor', () => parentOf(pid) !== supervisor);
      expect(await f.observed(serial)).to.include({ status: 'running', pid });
      await f.runtime.stop(serial, 2_000, f.signal);
      expect(await f.observed(serial)).to.include({ status: 'exited', exitCode: 137 });
      expect(isThere(pid)).to.equal(false);
    });

    it('shortens the grace of a stop under way', async () => {
      const { serial } = await f.started({ container: shellScript('trap "" TERM; echo ready; sleep 1000') });
      await waitFor('the trap', async () => (await f.log(serial)).stdout === 'ready\n');
      const long = f.runtime.stop(serial, 30_000, f.signal);
      await f.runtime.stop(serial, 0, f.signal);
      await long;
      expect(await f.observed(serial)).to.include({ status: 'exited', exitCode: 137 });
    });
  });
});

function isThere(pid: number): boolean {
  return !['', 'Z'].includes(statOf(pid).state);
}

function parentOf(pid: number): number {
  return statOf(pid).parent;
}

/** State and parent of a process; an empty state when it is gone. */
function statOf(pid: number): { readonly state: string; readonly parent: number } {
  try {
    const [, state = '', parent = ''] =
      readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
        .split(') ')[1]
        ?.split(/^(\S) (\d+)/) ?? [];
    return { state, parent: Number(parent) };
  } catch {
    return { state: '', parent: 0 };
  }
}
