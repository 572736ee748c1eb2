/** An answer as it is given again. */
export interface KeptAnswer {
  readonly status: number;
  /** A text, or what becomes JSON. */
  readonly body: unknown;
  readonly type?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A request that carried a key, and what came of it. */
export interface KeyedAnswerRecord {
  /** Made of the caller and the key. */
  readonly id: string;
  /** Role and name. */
  readonly caller: string;
  /** Of the request, by which another under the same key is told. */
  readonly digest: string;
  /** When it came, unix milliseconds. */
  readonly atMs: number;
  /** `begun` says that nobody knows whether it was done; `done`, that it was, and its answer is kept unless it was too large. */
  readonly state: 'begun' | 'done';
  readonly answer?: KeptAnswer;
  /** That the answer takes up. */
  readonly bytes: number;
}
