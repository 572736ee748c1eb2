import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseUptimeMs, systemClock } from '../../../../common/model/clock.js';
import type { Clock } from '../../../../common/model/clock.js';
import { ManualClock } from '../../../support/manual-clock.js';

async function rejection(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (reason: unknown) => reason,
  );
}

const clocks: readonly (readonly [string, () => Clock])[] = [
  ['systemClock', () => systemClock],
  ['ManualClock', () => new ManualClock()],
];

for (const [name, createClock] of clocks) {
  describe(`${name} as a Clock`, () => {
    it('never goes back on its monotonic and boot readings', () => {
      const clock = createClock();
      const [monotonicMs, bootMs] = [clock.monotonicMs(), clock.bootMs()];
      expect(clock.monotonicMs()).to.be.at.least(monotonicMs);
      expect(clock.bootMs()).to.be.at.least(bootMs);
    });

    it('rejects a sleep with the reason of the signal that ends it', async () => {
      const abort = new AbortController();
      const reason = new Error('enough');
      const slept = rejection(createClock().sleep(60_000, abort.signal));
      abort.abort(reason);
      expect(await slept).to.equal(reason);
    });

    it('rejects a sleep whose signal was aborted before', async () => {
      const reason = new Error('too late');
      expect(await rejection(createClock().sleep(60_000, AbortSignal.abort(reason)))).to.equal(reason);
    });
  });
}

describe('systemClock', () => {
  it('tells the wall time in unix milliseconds', () => {
    expect(systemClock.nowMs()).to.be.closeTo(Date.now(), 1000);
  });

  it('runs a timer, and not a cancelled or a far-off one', async () => {
    const ran: string[] = [];
    const cancels = [
      systemClock.setTimer(() => ran.push('cancelled'), 0),
      systemClock.setTimer(() => ran.push('in fifty days'), 50 * 86_400_000),
    ];
    cancels[0]?.();
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 5));
    cancels[1]?.();
    expect(ran).to.deep.equal([]);
  });
});

describe('ManualClock', () => {
  it('runs due timers in the order they are due, each at its own time', () => {
    const clock = new ManualClock();
    const ran: (readonly [string, number])[] = [];
    const note = (name: string) => (): void => void ran.push([name, clock.monotonicMs()]);
    clock.setTimer(note('late'), 30);
    clock.setTimer(note('early'), 10);
    clock.setTimer(note('never'), 31);
    clock.advance(30);
    expect(ran).to.deep.equal([
      ['early', 10],
      ['late', 30],
    ]);
    expect(clock.pendingTimers).to.equal(1);
  });

  it('runs timers that timers set, and leaves out cancelled ones', () => {
    const clock = new ManualClock();
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      clock.setTimer(tick, 10);
    };
    clock.setTimer(tick, 10);
    const cancel = clock.setTimer(() => expect.fail('was cancelled'), 5);
    cancel();
    clock.advance(35);
    expect(ticks).to.equal(3);
  });

  it('wakes sleepers one after the other when promises may settle', async () => {
    const clock = new ManualClock();
    const woken: number[] = [];
    const signal = new AbortController().signal;
    const sleeper = (async () => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(10, signal);
        woken.push(clock.monotonicMs());
      }
    })();
    await clock.advanceAsync(30);
    await sleeper;
    expect(woken).to.deep.equal([10, 20, 30]);
  });

  it('tells a jump of the wall clock and a suspend apart', () => {
    const clock = new ManualClock(1000);
    clock.jumpWall(-500);
    clock.suspend(2000);
    expect([clock.nowMs(), clock.monotonicMs(), clock.bootMs()]).to.deep.equal([2500, 0, 2000]);
  });
});

describe('the boot clock of the machine', () => {
  it('tells what the kernel tells, each time anew', async () => {
    const kernelMs = (): number => parseUptimeMs(readFileSync('/proc/uptime', 'latin1')) ?? Number.NaN;
    for (let round = 0; round < 3; round += 1) {
      const before = kernelMs();
      const read = systemClock.bootMs();
      expect(read).to.be.within(before, kernelMs());
      await systemClock.sleep(15, new AbortController().signal);
      expect(systemClock.bootMs()).to.be.above(read);
    }
  });
});

describe('parseUptimeMs', () => {
  it('reads seconds since boot as milliseconds', () => {
    expect(parseUptimeMs('12345.67 54321.00\n')).to.equal(12_345_670);
  });

  it('answers nothing for a text that is not an uptime', () => {
    expect(parseUptimeMs('')).to.equal(undefined);
    expect(parseUptimeMs('up 3 days')).to.equal(undefined);
  });
});
