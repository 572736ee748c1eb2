import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { parseCpuTicks, parseOpenFilesLimit } from '../../../../agent/host/proc-texts.js';
import { toSample } from '../../../../agent/host/usage.js';
import type { UsageTexts } from '../../../../agent/host/usage.js';

const STAT = `cpu  7859 0 4395 115271 1228 0 147 871 0 0
cpu0 2763 0 1647 60019 61 0 25 426 0 0
cpu1 5095 0 2748 55251 1167 0 122 444 0 0
intr 12345 0 0
`;

const TEXTS: UsageTexts = {
  stat: STAT,
  meminfo: 'MemTotal:       24684092 kB\nMemFree:        24127876 kB\nMemAvailable:   24299812 kB\n',
  loadavg: '1.95 0.76 0.36 2/115 13629\n',
  netDev: `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0: 322755026    9098    0    0    0     0          0         0   768663    5730    0    0    0     0       0          0
docker0:      99       0    0    0    0     0          0         0      550       5    0    4    0     0       0          0
vethab12:     99       0    0    0    0     0          0         0      550       5    0    4    0     0       0          0
`,
};

const ticks = (busy: number, total: number): { busy: number; total: number; cpus: number } => ({
  busy,
  total,
  cpus: 2,
});

describe('parseCpuTicks', () => {
  it('adds stolen time to the busy and waiting time to the idle', () => {
    expect(parseCpuTicks(STAT)).to.deep.equal({ busy: 13_272, total: 129_771, cpus: 2 });
  });

  it('answers nothing for another text', () => {
    expect(parseCpuTicks('intr 1 2 3\n')).to.equal(undefined);
  });
});

describe('toSample', () => {
  it('tells CPU since the sample before, in percent of the host and in millicores', () => {
    const sample = toSample(TEXTS, { atMs: 5000, before: ticks(100, 1000), ticks: ticks(150, 1200) });
    expect(sample).to.deep.equal({
      atMs: 5000,
      cpuPercent: 25,
      cpuMillicores: 500,
      memoryUsedBytes: (24_684_092 - 24_299_812) * 1024,
      memoryAvailableBytes: 24_299_812 * 1024,
      load1: 1.95,
      networkRxBytes: 322_755_026,
      networkTxBytes: 768_663,
    });
  });

  it('knows no CPU use at the first sample, nor when no time has passed', () => {
    const first = toSample(TEXTS, { atMs: 0, before: undefined, ticks: ticks(1, 2) });
    expect([first.cpuPercent, first.cpuMillicores]).to.deep.equal([undefined, undefined]);
    const again = toSample(TEXTS, { atMs: 0, before: ticks(1, 2), ticks: ticks(1, 2) });
    expect(again.cpuPercent).to.equal(undefined);
  });

  it('stays between nothing and everything when idle time steps back', () => {
    const over = toSample(TEXTS, { atMs: 0, before: ticks(100, 1000), ticks: ticks(150, 1040) });
    expect(over.cpuPercent).to.equal(100);
    const under = toSample(TEXTS, { atMs: 0, before: ticks(100, 1000), ticks: ticks(99, 1040) });
    expect(under.cpuPercent).to.equal(0);
  });

  it('refuses a /proc it does not understand', () => {
    const read = (): unknown => toSample({ ...TEXTS, meminfo: '' }, { atMs: 0, before: undefined, ticks: ticks(1, 2) });
    expect(read).to.throw(HeadframeError).with.property('reason', 'proc_not_understood');
  });
});

describe('parseOpenFilesLimit', () => {
  it('reads the soft limit', () => {
    const limit = (soft: string): string =>
      `Max open files            ${soft}                1048576              files     \n`;
    expect(parseOpenFilesLimit(limit('20000'))).to.equal(20_000);
    expect(parseOpenFilesLimit(limit('unlimited'))).to.equal(Infinity);
    expect(parseOpenFilesLimit('')).to.equal(undefined);
  });
});
