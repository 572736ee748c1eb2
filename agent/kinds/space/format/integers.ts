/** An integer of four bytes, little-endian; −2^31 ≤ value < 2^31. */
export function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** An integer of eight bytes, little-endian; −2^63 ≤ value < 2^63. */
export function i64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}
