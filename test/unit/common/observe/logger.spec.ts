import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

/** Runs a few lines with a logger in a process of their own, for it writes to its standard error. */
function logOf(lines: string): string {
  const script = `import { createLogger } from './common/observe/logger.ts';
    import { HeadframeError } from './common/model/error.ts';
    const logger = createLogger({ program: 'agent', level: 'debug', format: 'json' });
    ${lines}`;
  const { stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(status).to.equal(0);
  return stderr;
}

describe('createLogger', function () {
  this.timeout(30_000);

  it('never writes the environment of a workload, at whatever depth it is handed over', () => {
    const text = logOf(`
      const container = { image: 'miner:1', env: { KEY: 's3cret' } };
      const workload = { id: 1, container };
      logger.info({ container });
      logger.info({ workload });
      logger.info({ assignment: { serial: 1, workload } });
      logger.info({ step: { kind: 'launch', assignment: { serial: 1, workload } } });
      logger.info({ held: { assignments: [{ serial: 1, workload }] } });
      logger.child({ assignment: { workload } }).warn('as a field of all lines');
      logger.info({ env: { KEY: 's3cret' }, options: { Env: ['KEY=s3cret'], Config: { Env: ['KEY=s3cret'] } } });
    `);
    expect(text.trim().split('\n')).to.have.lengthOf(7);
    expect(text).to.not.include('s3cret');
    expect(text).to.include('miner:1');
  });

  it('takes another level while it is in use, its children with it', () => {
    const text = logOf(`
      const { openLog } = await import('./common/observe/logger.ts');
      const log = openLog({ program: 'agent', level: 'warn', format: 'json' });
      const child = log.logger.child({ host: 'h' });
      child.info('before');
      log.setLevel('debug');
      child.debug('meanwhile');
      log.setLevel('silent');
      child.fatal('after');
    `);
    expect(text)
      .to.include('meanwhile')
      .and.not.match(/before|after/);
  });

  it('writes an error with its reason and its cause, and none of what else the cause carries', () => {
    const text = logOf(`
      const cause = Object.assign(new Error('HTTP 500'), { json: { message: 'no' }, options: { Env: ['KEY=s3cret'] } });
      const err = new HeadframeError({ code: 'internal', reason: 'engine_error', message: 'refused', cause });
      logger.warn({ err }, 'a start failed');
      logger.warn({ err: cause }, 'a start failed');
      logger.warn({ error: cause }, 'a start failed');
    `);
    expect(text).to.include('engine_error').and.include('HTTP 500').and.include('"type":"HeadframeError"');
    expect(text).to.not.include('s3cret');
  });
});
