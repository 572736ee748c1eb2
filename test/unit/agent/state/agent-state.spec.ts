import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openAgentState } from '../../../../agent/state/agent-state.js';
import type { AgentState } from '../../../../agent/state/agent-state.js';
import { NEW_RECORD } from '../../../../agent/reconcile/record.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { makeTempDir } from '../../../support/temp-dir.js';

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
    state.setLease({ bootId: 'b', expiresAtBootMs: 5 });
    await state.close();
    const again = await open(folder);
    expect(again.record(1)?.restarts).to.equal(3);
    expect(again.lease).to.deep.equal({ bootId: 'b', expiresAtBootMs: 5 });
  });

  it('refuses a damaged file by name instead of beginning anew', async () => {
    await using dir = await makeTempDir();
    const folder = dir.path;
    await writeFile(join(folder, 'agent.json'), '{"version":1,');
    const error = await open(folder).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(HeadframeError);
    expect(error).to.include({ code: 'data_loss', reason: 'state_damaged' });
  });
});
