import { expect } from 'chai';
import fc from 'fast-check';
import {
  formatAge,
  formatBytes,
  formatCpu,
  formatDuration,
  formatExactBytes,
  parseBytes,
  parseCpu,
  parseDuration,
} from '../../../../common/model/units.js';

describe('units of CPU', () => {
  const cases: [string | number, number | undefined][] = [
    ['2', 2000],
    [2, 2000],
    ['1.5', 1500],
    [0.1, 100],
    ['500m', 500],
    ['1.0005', undefined],
    ['0.5m', undefined],
    ['-1', undefined],
    ['', undefined],
    ['2 cpus', undefined],
    [Number.NaN, undefined],
    [Infinity, undefined],
    [1e30, undefined],
  ];
  for (const [input, millis] of cases) {
    it(`reads ${JSON.stringify(input)} as ${String(millis)}`, () => expect(parseCpu(input)).to.equal(millis));
  }

  it('reads back what it prints', () => {
    fc.assert(fc.property(fc.nat(10_000_000), (millis) => parseCpu(formatCpu(millis)) === millis));
  });
});

describe('units of bytes', () => {
  const cases: [string | number, number | undefined][] = [
    ['512MiB', 512 * 2 ** 20],
    ['512Mi', 512 * 2 ** 20],
    ['512MB', 512_000_000],
    ['5G', 5_000_000_000],
    ['5GiB', 5 * 2 ** 30],
    ['2g', 2 * 2 ** 30],
    ['512mb', 512 * 2 ** 20],
    ['1kB', 1000],
    ['1k', 1024],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['0.1GiB', undefined],
    [1_048_576, 1_048_576],
    ['1024', 1024],
    ['100b', 100],
    ['1 GiB', 2 ** 30],
    ['8PiB', undefined],
    ['1giB', undefined],
    ['1EB', undefined],
    ['-1', undefined],
    [1.5, undefined],
    ['', undefined],
  ];
  for (const [input, bytes] of cases) {
    it(`reads ${JSON.stringify(input)} as ${String(bytes)}`, () => expect(parseBytes(input)).to.equal(bytes));
  }

  it('reads back what it prints exactly', () => {
    const amounts = fc.oneof(
      fc.maxSafeNat(),
      fc.tuple(fc.nat(5000), fc.constantFrom(2 ** 10, 2 ** 20, 2 ** 40, 1e3, 1e6, 1e12)).map(([a, b]) => a * b),
    );
    fc.assert(fc.property(amounts, (bytes) => parseBytes(formatExactBytes(bytes)) === bytes));
  });

  it('prints for people with at most three digits', () => {
    expect([0, 512, 999, 1000, 1024, 1536, 2 ** 30, 2 ** 40 - 1, 3 * 2 ** 60].map(formatBytes)).to.deep.equal([
      '0 B',
      '512 B',
      '999 B',
      '0.977 KiB',
      '1 KiB',
      '1.5 KiB',
      '1 GiB',
      '1 TiB',
      '3072 PiB',
    ]);
  });
});

describe('units of time', () => {
  const cases: [string | number, number | undefined][] = [
    ['30s', 30_000],
    ['500ms', 500],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['1.5s', 1500],
    ['1m500ms', 60_500],
    ['0', 0],
    [0, 0],
    ['30', undefined],
    [30, undefined],
    ['30m1h', undefined],
    ['0.5ms', undefined],
    ['1..5s', undefined],
    ['-5s', undefined],
    ['', undefined],
    ['999999999999999d', undefined],
  ];
  for (const [input, ms] of cases) {
    it(`reads ${JSON.stringify(input)} as ${String(ms)}`, () => expect(parseDuration(input)).to.equal(ms));
  }

  it('reads back what it prints', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  });

  it('prints an age with its two largest units', () => {
    const ages = [-5, 0, 999, 61_000, 3_600_000, 3_725_000, 90_061_000].map(formatAge);
    expect(ages).to.deep.equal(['0s', '0s', '0s', '1m1s', '1h', '1h2m', '1d1h']);
  });
});
