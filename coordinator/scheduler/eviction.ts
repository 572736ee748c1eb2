/** An instance that was made to give way, and when it last changed; unix milliseconds. */
export interface Eviction {
  readonly miner: string;
  readonly atMs: number;
}
