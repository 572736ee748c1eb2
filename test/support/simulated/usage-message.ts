import { WireWriter } from './wire-bytes.js';

const inner = new WireWriter();
const report = new WireWriter();
const outer = new WireWriter();
const MIB = 2 ** 20;

/** A usage report of a host and of the first `most` of its instances, with figures as large as real ones. */
export function usageMessage(serials: Iterable<number>, most: number): Uint8Array {
  const atMs = Date.now();
  inner
    .reset()
    .number(1, atMs)
    .number(2, 12_345)
    .number(3, 48_000 * MIB)
    .number(4, 200_000 * MIB);
  report.reset().bytes(
    1,
    inner
      .number(6, atMs * 1000)
      .number(7, atMs * 900)
      .view(),
  );
  let left = most;
  for (const serial of serials) {
    if (left === 0) break;
    left -= 1;
    inner
      .reset()
      .number(1, serial)
      .number(2, 487)
      .number(3, 300 * MIB)
      .number(4, 17);
    inner
      .number(5, atMs * 400)
      .number(6, 123_456_789)
      .number(7, 45 * MIB)
      .number(8, 99 * MIB);
    report.bytes(
      2,
      inner
        .number(9, 700 * MIB)
        .number(10, 600 * MIB)
        .view(),
    );
  }
  return outer.reset().bytes(4, report.view()).view();
}
