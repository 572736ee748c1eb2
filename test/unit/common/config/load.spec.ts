import { expect } from 'chai';
import { agentConfigSchema, coordinatorConfigSchema, loadConfig, settingsOf } from '../../../../common/config/index.js';
import type { ConfigSources } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';

const NOTHING: ConfigSources = { env: {}, flags: {} };

function problemsOf(sources: Partial<ConfigSources>): { document: string | undefined; path: string }[] {
  try {
    loadConfig(agentConfigSchema, 'agent', { ...NOTHING, ...sources });
  } catch (error) {
    if (error instanceof HeadframeError) return error.violations.map(({ document, path }) => ({ document, path }));
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing: every setting has a default', () => {
    expect(loadConfig(agentConfigSchema, 'agent', NOTHING).ports).to.deep.equal({ start: 20_000, end: 29_999 });
    expect(loadConfig(coordinatorConfigSchema, 'coordinator', NOTHING).listen).to.equal('127.0.0.1:7700');
  });

  it('lets flags win over the environment, and the environment over the file', () => {
    const config = loadConfig(agentConfigSchema, 'agent', {
      file: { path: 'a.yaml', text: 'hostName: file\ndataDir: /file\ncoordinator: file:1\nreserved: {cpu: 1}' },
      env: { HEADFRAME_AGENT_DATA_DIR: '/env', HEADFRAME_AGENT_COORDINATOR: 'env:1' },
      flags: { coordinator: 'flag:1' },
    });
    expect(config).to.include({ hostName: 'file', dataDir: '/env', coordinator: 'flag:1' });
    expect(config.reserved).to.deep.equal({ cpu: 1_000, memory: 256 * 2 ** 20, disk: 2 ** 30 });
  });

  it('reads what flags and variables can only give as text', () => {
    const env = { HEADFRAME_AGENT_LABELS: 'zone=a, rack=7', HEADFRAME_AGENT_ALLOWED_HOST_PATHS: '/data,/plots' };
    const config = loadConfig(agentConfigSchema, 'agent', {
      env,
      flags: { 'capacity-cpu': '1.5', 'ports-start': '30000', 'ports-end': '30010' },
    });
    expect(config.labels).to.deep.equal({ zone: 'a', rack: '7' });
    expect(config.allowedHostPaths).to.deep.equal(['/data', '/plots']);
    expect(config.capacity.cpu).to.equal(1_500);
    expect(config.ports).to.deep.equal({ start: 30_000, end: 30_010 });
  });

  it('tells every problem at once, each with its source', () => {
    const problems = problemsOf({
      file: { path: 'a.yaml', text: 'log: {formt: pretty}\nreserved: {memory: lots}' },
      env: { HEADFRAME_AGENT_LOG_LEVL: 'debug', HEADFRAME_AGENT_RUNTIME: 'podman' },
      flags: { 'capacity-cpu': 'x' },
    });
    expect(problems).to.have.deep.members([
      { document: 'a.yaml', path: 'log.formt' },
      { document: 'a.yaml', path: 'reserved.memory' },
      { document: 'environment', path: 'HEADFRAME_AGENT_LOG_LEVL' },
      { document: 'HEADFRAME_AGENT_RUNTIME', path: 'runtime' },
      { document: '--capacity-cpu', path: 'capacity.cpu' },
    ]);
  });

  it('leaves other programs their variables', () => {
    expect(
      problemsOf({ env: { HEADFRAME_COORDINATOR_LISTEN: 'x', HEADFRAME_TEST_IMAGE: 'y', HEADFRAME_ADDRESS: 'z' } }),
    ).to.deep.equal([]);
  });

  it('refuses a file that is not a mapping', () => {
    expect(problemsOf({ file: { path: 'a.yaml', text: '- 1' } })).to.deep.equal([{ document: 'a.yaml', path: '' }]);
    expect(problemsOf({ file: { path: 'a.yaml', text: 'a: [' } })).to.deep.equal([{ document: 'a.yaml', path: '' }]);
  });
});

describe('settingsOf', () => {
  it('names each setting as flag and as variable', () => {
    const settings = settingsOf(agentConfigSchema, 'agent');
    const found = settings.find(({ flag }) => flag === 'allowed-host-paths');
    expect(found?.variable).to.equal('HEADFRAME_AGENT_ALLOWED_HOST_PATHS');
    expect(settings.filter(({ description }) => description === '')).to.deep.equal([]);
  });
});
