import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import type { LogLevel } from '../../../../common/observe/logger.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { reloadAtHangUp } from '../../../../common/service/index.js';

describe('reloadAtHangUp', () => {
  function scene(load: () => { log: { level: LogLevel }; listen: string }) {
    const hangUps = new EventEmitter();
    const stop = new AbortController();
    const told: string[] = [];
    const note = (kind: string) => () => told.push(kind);
    const logger = { ...silentLogger, info: note('info'), warn: note('warn'), error: note('error') };
    const log = { logger, setLevel: (level: LogLevel) => told.push(level) };
    const refresh = (): Promise<void> => Promise.resolve(void told.push('refresh'));
    const config = { log: { level: 'info' as const }, listen: 'a:1' };
    reloadAtHangUp({ hangUps, config, load, refresh, log }, stop.signal);
    const hangUp = async (times = 1): Promise<string[]> => {
      for (let at = 0; at < times; at += 1) hangUps.emit('SIGHUP');
      await new Promise((resolve) => setImmediate(resolve));
      return told.splice(0);
    };
    return { hangUp, hangUps, stop };
  }

  it('takes the level of the log and refreshes the rest', async () => {
    const { hangUp } = scene(() => ({ log: { level: 'debug' }, listen: 'a:1' }));
    expect(await hangUp()).to.deep.equal(['debug', 'refresh', 'info']);
  });

  it('says that other settings wait for a restart', async () => {
    const { hangUp } = scene(() => ({ log: { level: 'info' }, listen: 'b:2' }));
    expect(await hangUp()).to.deep.equal(['info', 'refresh', 'info', 'warn']);
  });

  it('goes on as it was when the configuration cannot be used', async () => {
    const { hangUp } = scene(() => {
      throw new Error('no');
    });
    expect(await hangUp()).to.deep.equal(['error']);
    expect(await hangUp()).to.deep.equal(['error']);
  });

  it('answers many at once by two turns', async () => {
    const { hangUp } = scene(() => ({ log: { level: 'warn' }, listen: 'a:1' }));
    const told = await hangUp(50);
    expect(told.filter((one) => one === 'refresh')).to.have.lengthOf(2);
  });

  it('listens no longer after the signal', () => {
    const { hangUps, stop } = scene(() => ({ log: { level: 'warn' }, listen: 'a:1' }));
    stop.abort();
    expect(hangUps.listenerCount('SIGHUP')).to.equal(0);
  });
});
