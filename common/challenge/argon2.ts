/** One call of Argon2d version 1.3 (RFC 9106), whose tag is 32 bytes. */
export interface Argon2Call {
  readonly input: Uint8Array;
  /** 8 bytes at least. */
  readonly salt: Uint8Array;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Port: Argon2d by native code. Rejects where the memory is not to be had. */
export type Argon2 = (call: Argon2Call) => Promise<Buffer>;
