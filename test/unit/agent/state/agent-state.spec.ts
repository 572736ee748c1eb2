import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openAgentState } from '../../../../agent/state/agent-state.js';
import type { AgentState } from '../../../../agent/state/agent-state.js';
import { NEW_RECORD } from '../../../../agent/reconcile/record.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const OPTIONS = { setTimer: () => () => undefined, onFailure: () => undefined };
const open = (folder: string, newHostId = 'host-a'): Promise<AgentState> =>
  openAgentState(folder, { ...OPTIONS, newHostId });

describe('AgentState', () => {
  it('keeps its host id for ever', async () => {
    await using dir = await makeTempDir();
    const folder = dir.path;
    await (await open(folder, 'host-a')).close();
    expect((await open(folder, 'host-b')).hostId).to.equal('host-a');
  });

  it('has assignments on disk once they are saved, without being closed', async () => {
    await using dir = await makeTempDir();
    const folder = dir.path;
    const held = {
      epoch: 2,
      revision: 5,
      assignments: [buildAssignment({ serial: 1 }), buildAssignment({ serial: 2 })],
      retained: [9],
    };
    await (await open(folder)).saveHeld(held);
    // JSON knows no undefined: a field that is absent reads the same.
    expect(JSON.stringify((await open(folder)).held)).to.equal(JSON.stringify(held));
  });

  it('brings records and the lease back after a close', async () => {
    await using dir = await makeTempDir();
    const folder = dir.path;
    const state = await open(folder);
    state.setRecord(1, { ...NEW_RECORD, restarts: 3 });
    state.setLease({ bootId: 'b', expiresAtBootMs: 5, lengthMs: 3 });
    await state.close();
    const again = await open(folder);
    expect(again.record(1)?.restarts).to.equal(3);
    expect(again.lease).to.deep.equal({ bootId: 'b', expiresAtBootMs: 5, lengthMs: 3 });
  });

  it('refuses a damaged file by name instead of beginning anew', async () => {
    await using dir = await makeTempDir();
    const folder = dir.path;
    await writeFile(join(folder, 'agent.json'), '{"version":1,');
    const error = await open(folder).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(HeadframeError);
    expect(error).to.include({ code: 'data_loss', reason: 'state_damaged' });
  });

  it('refuses a file of another shape by name', async () => {
    await using dir = await makeTempDir();
    const whole = { version: 1, hostId: 'a', epoch: 0, revision: 0, workloads: [], assignments: [], retained: [] };
    await writeFile(join(dir.path, 'agent.json'), JSON.stringify({ ...whole, records: null }));
    const error = await open(dir.path).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'data_loss', reason: 'state_damaged' });
  });

  describe('on a disk that refuses writes', () => {
    const held = { epoch: 2, revision: 5, assignments: [buildAssignment()], retained: [] };

    it('does not hold what it could not store, and holds it once the disk takes writes again', async () => {
      await using dir = await makeTempDir();
      const state = await open(dir.path);
      await breakDisk(dir.path);
      const error = await state.saveHeld(held).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Error);
      expect(state.held).to.include({ epoch: 0, revision: 0 });
      await mendDisk(dir.path);
      await state.saveHeld(held);
      expect(state.held).to.equal(held);
      expect((await open(dir.path)).held).to.include({ epoch: 2, revision: 5 });
    });

    it('tells of records that it could not store and tries them again by itself', async () => {
      await using dir = await makeTempDir();
      const timers: (() => void)[] = [];
      const failures: unknown[] = [];
      const state = await openAgentState(dir.path, {
        newHostId: 'host-a',
        setTimer: (fn) => {
          timers.push(fn);
          return () => undefined;
        },
        onFailure: (error) => failures.push(error),
      });
      await breakDisk(dir.path);
      state.setRecord(1, { ...NEW_RECORD, restarts: 3 });
      timers.shift()?.();
      await waitFor('the failure', () => failures.length === 1 && timers.length === 1);
      await mendDisk(dir.path);
      timers.shift()?.();
      await state.saved();
      expect((await open(dir.path)).record(1)?.restarts).to.equal(3);
    });

    it('opens what it stored before', async () => {
      await using dir = await makeTempDir();
      await (await open(dir.path)).saveHeld(held);
      await breakDisk(dir.path);
      expect((await open(dir.path)).held.revision).to.equal(5);
    });
  });
});

/** A folder where a draft is to be written makes every write fail, for root, too. */
async function breakDisk(folder: string): Promise<void> {
  await mkdir(join(folder, 'agent.json.tmp'));
}

async function mendDisk(folder: string): Promise<void> {
  await rmdir(join(folder, 'agent.json.tmp'));
}
