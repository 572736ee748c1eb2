/** Units of a gRPC timeout, in milliseconds: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests */
const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
/** A timeout has no more digits. */
const LONGEST_MS = 99_999_999;

/** What is left of a call's timeout after `waitedMs` milliseconds, as its header; none where the call has none that can be told. */
export function timeoutLeft(
  timeout: string | string[] | undefined,
  waitedMs: number,
): { readonly 'grpc-timeout'?: string } {
  const [, digits = '', unit = ''] = typeof timeout === 'string' ? (/^(\d{1,8})([HMSmun])$/.exec(timeout) ?? []) : [];
  const unitMs = UNITS[unit];
  if (unitMs === undefined) return {};
  const leftMs = Math.max(1, Math.floor(Number(digits) * unitMs - waitedMs));
  // Beyond a day a moment more or less is none.
  return leftMs > LONGEST_MS ? {} : { 'grpc-timeout': `${String(leftMs)}m` };
}
