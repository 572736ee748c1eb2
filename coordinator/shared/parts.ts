/** Sizes of the parts that so many bytes are cut into, all full but the last; none for nothing. Pure. */
export function partSizes(bytes: number, partBytes: number): number[] {
  const full = Math.floor(bytes / partBytes);
  const rest = bytes - full * partBytes;
  return [...Array.from({ length: full }, () => partBytes), ...(rest === 0 ? [] : [rest])];
}

/** Cuts what comes in pieces of any size into parts of one; no more than a part and a piece are in memory. */
export async function* partsOf(pieces: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    let rest = piece;
    while (bytes + rest.length >= partBytes) {
      const taken = rest.subarray(0, partBytes - bytes);
      yield Buffer.concat([...held, taken]);
      rest = rest.subarray(taken.length);
      [held, bytes] = [[], 0];
    }
    if (rest.length > 0) held.push(rest);
    bytes += rest.length;
  }
  if (bytes > 0) yield Buffer.concat(held);
}
