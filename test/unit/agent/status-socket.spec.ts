import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readStatus, serveStatus } from '../../../agent/status-socket.js';
import type { AgentStatus } from '../../../agent/agent-parts.js';
import { makeTempDir } from '../../support/temp-dir.js';

const STATUS: AgentStatus = {
  hostId: 'host-1',
  pid: 7,
  version: 'test',
  coordinator: '127.0.0.1:1',
  connected: true,
  epoch: 3,
  instances: [],
  usage: undefined,
};

const refusal = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error);

describe('The status socket', () => {
  it('tells the status until it is ended', async () => {
    await using dir = await makeTempDir();
    const end = await serveStatus(dir.path, () => STATUS);
    expect(await readStatus(dir.path)).to.include({ hostId: 'host-1', epoch: 3 });
    await end();
    expect(await refusal(readStatus(dir.path))).to.include({ code: 'unavailable', reason: 'agent_not_running' });
  });

  it('takes the place of one that a killed agent left behind', async () => {
    await using dir = await makeTempDir();
    const endFirst = await serveStatus(dir.path, () => STATUS);
    const end = await serveStatus(dir.path, () => ({ ...STATUS, pid: 8 }));
    expect(await readStatus(dir.path)).to.include({ pid: 8 });
    await end();
    await endFirst();
  });

  it('says that the path of the data folder is too long for a socket', async () => {
    await using dir = await makeTempDir();
    const folder = join(dir.path, 'x'.repeat(100));
    await mkdir(folder);
    const expected = { code: 'failed_precondition', reason: 'path_too_long' };
    expect(await refusal(serveStatus(folder, () => STATUS))).to.include(expected);
    expect(await refusal(readStatus(folder))).to.include(expected);
  });
});
