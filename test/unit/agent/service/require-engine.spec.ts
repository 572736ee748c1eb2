import { expect } from 'chai';
import { loadAgentConfig } from '../../../../common/config/index.js';
import { requireEngine } from '../../../../agent/service/require-engine.js';
import { expectReason } from '../../../support/expect-reason.js';

describe('the engine that an agent needs', () => {
  const configOf = (flags: Record<string, string>) => loadAgentConfig({ file: '/dev/null', env: {}, flags });

  it('is asked for before the agent is installed, and told of with a remedy', async () => {
    const error = await expectReason(requireEngine(configOf({ dockerSocket: '/nowhere/docker.sock' })), 'engine_unfit');
    expect(error.remedy).to.not.equal(undefined);
  });

  it('is none where it runs processes', async () => {
    await requireEngine(configOf({ runtime: 'process', dockerSocket: '/nowhere/docker.sock' }));
  });
});
