import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { loadAgentConfig, loadCoordinatorConfig } from '../../../../common/config/index.js';
import { splitAddress } from '../../../../common/model/address.js';
import type { FlagValue } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { makeTempDir } from '../../../support/temp-dir.js';

interface Given {
  readonly file?: string;
  readonly env?: Record<string, string>;
  readonly flags?: Record<string, FlagValue>;
}

async function load<T>(
  loader: (sources: { file?: string | undefined; env: Record<string, string>; flags: Record<string, FlagValue> }) => T,
  { file, env = {}, flags = {} }: Given,
): Promise<T> {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'config.yaml');
  if (file !== undefined) writeFileSync(path, file);
  return loader({ file: file === undefined ? undefined : path, env, flags });
}

async function problemsOf(given: Given): Promise<{ document: string | undefined; path: string }[]> {
  const thrown: unknown = await load(loadAgentConfig, given).catch((error: unknown) => error);
  if (!(thrown instanceof HeadframeError)) return [];
  expect(thrown.reason).to.equal('config_invalid');
  return thrown.violations.map(({ document, path }) => ({
    document: document?.endsWith('config.yaml') === true ? 'file' : document,
    path,
  }));
}

describe('the configuration of a program', () => {
  it('is the same whenever it is read, for an installation compares what is there with what is wanted', async () => {
    for (const loader of [loadAgentConfig, loadCoordinatorConfig])
      expect(isDeepStrictEqual(await load<object>(loader, {}), await load<object>(loader, {}))).to.equal(true);
  });

  it('needs nothing: every setting has a default', async () => {
    expect(await load(loadAgentConfig, {})).to.deep.include({
      portRange: { start: 20_000, end: 29_999 },
      reserved: { cpuMillis: 200, memoryBytes: 256 * 2 ** 20, diskBytes: 2 ** 30, gpus: 0 },
      capacity: {},
      log: { level: 'info', format: 'json' },
    });
    expect(await load(loadCoordinatorConfig, {})).to.deep.include({
      listen: '127.0.0.1:7700',
      heartbeatPeriodMs: 5000,
      leaseMs: 30_000,
    });
  });

  it('lets flags win over the environment, and the environment over the file', async () => {
    const config = await load(loadAgentConfig, {
      file: 'hostName: file\ndataDir: /file\ncoordinator: file:1\nlog: {level: debug, format: pretty}\n',
      env: {
        HEADFRAME_AGENT_DATA_DIR: '/env',
        HEADFRAME_AGENT_COORDINATOR: 'env:1',
        HEADFRAME_AGENT_LOG_LEVEL: 'warn',
      },
      flags: { coordinator: 'flag:1' },
    });
    expect(config).to.deep.include({
      hostName: 'file',
      dataDir: '/env',
      coordinator: 'flag:1',
      log: { level: 'warn', format: 'pretty' },
    });
  });

  it('reads what flags and variables can only give as text', async () => {
    const config = await load(loadAgentConfig, {
      env: {
        HEADFRAME_AGENT_LABELS: 'zone=a, rack=7',
        HEADFRAME_AGENT_ALLOWED_HOST_PATHS: '/data,/plots',
        HEADFRAME_AGENT_START_CONCURRENCY: '8',
        HEADFRAME_AGENT_USAGE_INTERVAL: '1s',
      },
      flags: { 'capacity.cpu': '1.5', labels: ['zone=b', 'slots='] },
    });
    expect(config).to.deep.include({
      labels: { zone: 'b', slots: '' },
      allowedHostPaths: ['/data', '/plots'],
      startConcurrency: 8,
      usageInterval: 1000,
      capacity: { cpuMillis: 1500 },
    });
  });

  it('tells every problem of every source at once', async () => {
    const problems = await problemsOf({
      file: 'coordintor: x:1\nreserved: {cpu: lots}\nlabels: {"a b": c}\n',
      env: { HEADFRAME_AGENT_PORT_RANGE: '9-8', HEADFRAME_AGENT_DATADIR: '/x', HEADFRAME_AGENT_LABELS: 'novalue' },
      flags: { runtime: 'podman', 'log.level': 'loud', 'start-concurrency': '1' },
    });
    expect(problems).to.have.deep.members([
      { document: 'file', path: 'coordintor' },
      { document: 'file', path: 'reserved.cpu' },
      { document: 'HEADFRAME_AGENT_PORT_RANGE', path: 'portRange' },
      { document: 'HEADFRAME_AGENT_DATADIR', path: '' },
      { document: 'HEADFRAME_AGENT_LABELS', path: 'labels' },
      { document: '--runtime', path: 'runtime' },
      { document: '--log-level', path: 'log.level' },
      { document: 'start-concurrency', path: 'start-concurrency' },
    ]);
  });

  it('leaves the variables of others alone and empty ones unset', async () => {
    const env = { HEADFRAME_COORDINATOR_X: '1', HEADFRAME_PORT_HTTP: '1', PATH: '/bin', HEADFRAME_AGENT_RUNTIME: '' };
    expect((await load(loadAgentConfig, { env })).runtime).to.equal('docker');
  });

  it('takes its file from a variable, and refuses one that is missing or no mapping', async () => {
    const env = { HEADFRAME_AGENT_CONFIG: '/nowhere/config.yaml' };
    expect(await problemsOf({ env })).to.deep.equal([{ document: 'file', path: '' }]);
    expect(await problemsOf({ file: '- a\n' })).to.deep.equal([{ document: 'file', path: '' }]);
    expect(await problemsOf({ file: 'a: [\n' })).to.have.length(1);
    expect(await problemsOf({ file: 'log: 5\n', env: { HEADFRAME_AGENT_LOG_LEVEL: 'warn' } })).to.deep.equal([
      { document: 'file', path: 'log' },
    ]);
    expect(await problemsOf({ file: '# nothing\n' })).to.deep.equal([]);
  });

  it('refuses a lease that one lost heartbeat could cost', async () => {
    const thrown: unknown = await load(loadCoordinatorConfig, { flags: { leaseLength: '10s' } }).catch(
      (error: unknown) => error,
    );
    expect(
      thrown instanceof HeadframeError && thrown.violations.map(({ document, path }) => [document, path]),
    ).to.deep.equal([['--lease-length', 'leaseLength']]);
  });

  it('cannot be changed afterwards', async () => {
    const config = await load(loadAgentConfig, {});
    expect([config, config.log, config.reserved].every(Object.isFrozen)).to.equal(true);
  });
});

describe('an address', () => {
  it('is split into host and port', () => {
    expect(['a.b:1', '[::1]:7700'].map(splitAddress)).to.deep.equal([
      { host: 'a.b', port: 1 },
      { host: '::1', port: 7700 },
    ]);
  });

  it('may be several of one fleet, by commas or as a list', async () => {
    const { coordinator } = await load(loadAgentConfig, { flags: { coordinator: 'a:1, b:2' } });
    expect(coordinator).to.equal('a:1,b:2');
    const listed = await load(loadAgentConfig, { file: 'coordinator: ["a:1", "b:2"]\n' });
    expect(listed.coordinator).to.equal('a:1,b:2');
    for (const wrong of ['a:1,b', ',', Array.from({ length: 17 }, () => 'a:1').join(',')])
      expect(await problemsOf({ flags: { coordinator: wrong } })).to.have.length(1);
  });

  it('is refused without a port, and for calling with port 0', async () => {
    for (const coordinator of ['a', 'a:0', 'a:70000', 'http://a:1', 'a b:1']) {
      const problems = await problemsOf({ flags: { coordinator } });
      expect(problems).to.deep.equal([{ document: '--coordinator', path: 'coordinator' }]);
    }
    expect(await problemsOf({ flags: { metrics: '0.0.0.0:0' } })).to.deep.equal([]);
  });
});
