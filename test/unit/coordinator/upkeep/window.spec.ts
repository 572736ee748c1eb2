import { expect } from 'chai';
import { openForMs, parseWindow } from '../../../../coordinator/upkeep/window.js';

const MINUTE = 60_000;

/** Minutes for which a window is open at a time; undefined while it is closed. */
function openMinutes(text: string, at: string): number | undefined {
  const window = parseWindow(text);
  if (window === undefined) throw new Error(`${text} is no window`);
  const ms = openForMs(window, Date.parse(at));
  return ms === undefined ? undefined : ms / MINUTE;
}

describe('maintenance windows', () => {
  it('are open from their start until just before their end, on their days', () => {
    const saturday = 'Sat 02:00-04:00 UTC'; // 2026-01-03 is a Saturday
    expect(openMinutes(saturday, '2026-01-03T01:59:59Z')).to.equal(undefined);
    expect(openMinutes(saturday, '2026-01-03T02:00:00Z')).to.equal(120);
    expect(openMinutes(saturday, '2026-01-03T03:59:30Z')).to.equal(0.5);
    expect(openMinutes(saturday, '2026-01-03T04:00:00Z')).to.equal(undefined);
    expect(openMinutes(saturday, '2026-01-04T03:00:00Z')).to.equal(undefined);
  });

  it('run past midnight into a day that is none of theirs', () => {
    const friday = 'Fri 23:00-01:00';
    expect(openMinutes(friday, '2026-01-02T23:30:00Z')).to.equal(90);
    expect(openMinutes(friday, '2026-01-03T00:30:00Z')).to.equal(30);
    expect(openMinutes(friday, '2026-01-02T00:30:00Z')).to.equal(undefined);
    expect(openMinutes('Sun 22:00-24:00', '2026-01-04T23:00:00Z')).to.equal(60);
  });

  it('follow the clocks of their time zone through the summer', () => {
    const berlin = 'daily 02:00-04:00 Europe/Berlin';
    expect(openMinutes(berlin, '2026-01-10T01:30:00Z')).to.equal(90);
    expect(openMinutes(berlin, '2026-07-10T01:30:00Z')).to.equal(30);
    expect(openMinutes(berlin, '2026-07-10T02:30:00Z')).to.equal(undefined);
    // Clocks go from 02:00 to 03:00 on this night.
    expect(openMinutes(berlin, '2026-03-29T01:30:00Z')).to.equal(30);
  });

  it('name single days, lists, and ranges that cross the end of the week', () => {
    const daysOf = (text: string): number[] => [...(parseWindow(text)?.days ?? [])].sort();
    expect(daysOf('mon-fri 01:00-02:00')).to.deep.equal([1, 2, 3, 4, 5]);
    expect(daysOf('Sat-Mon,Wed 01:00-02:00')).to.deep.equal([0, 1, 3, 6]);
    expect(daysOf('Daily 01:00-02:00')).to.have.length(7);
  });

  it('are refused when they are none', () => {
    const wrong = [
      '',
      'Sat',
      'Sat 2:00-4:00',
      'Sat 02:00-02:00',
      'Sat 24:00-03:00',
      'Sat 02:61-04:00',
      'Sat 02:00-25:00',
      'Sat 02:00-24:30',
      'Someday 02:00-04:00',
      'Sat- 02:00-04:00',
      'Sat 02:00-04:00 Middle/Earth',
      'Sat 02:00-04:00 UTC UTC',
    ];
    for (const text of wrong) expect(parseWindow(text), text).to.equal(undefined);
  });
});
