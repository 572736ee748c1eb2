/** A frame that is JSON already, for as many as are told it. */
export class ReadyFrame {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** What a frame begins with; the same message makes it differ by the id alone. */
interface Head {
  readonly type: string;
  readonly id: string;
  readonly revision: string;
  readonly synced?: boolean;
}

interface Made {
  readonly data: string;
  readonly id: string;
  readonly frame: ReadyFrame;
}

/**
 * Frames of messages that many are told: what a message says is made JSON once, and the bytes of the whole frame once for those in
 * a row who gave the same id. It holds nothing of a message that nobody else does.
 */
export class SharedFrames {
  readonly #made = new WeakMap<object, Map<string, Made>>();

  /** The frame that tells of a message; `data` is asked for once, however many are told. */
  of(message: object, head: Head, data: () => readonly unknown[]): ReadyFrame {
    const kinds = this.#made.get(message) ?? new Map<string, Made>();
    const known = kinds.get(head.type);
    if (known?.id === head.id) return known.frame;
    const text = known?.data ?? JSON.stringify(data());
    const frame = new ReadyFrame(Buffer.from(`${JSON.stringify(head).slice(0, -1)},"data":${text}}`));
    kinds.set(head.type, { data: text, id: head.id, frame });
    this.#made.set(message, kinds);
    return frame;
  }
}
