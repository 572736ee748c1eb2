/** Of a frame that is the whole of a text: FIN, and the opcode (RFC 6455, 5.2). */
const WHOLE_TEXT = 0x81;
/** Payloads from so many bytes on tell their length in two bytes of their own, and from `EIGHT_BYTES` in eight. */
const TWO_BYTES = 126;
const EIGHT_BYTES = 65_536;

/** A frame that is JSON already, for as many as are told it. */
export class ReadyFrame {
  /** As it goes over the wire, header and all. */
  readonly wire: Buffer;

  constructor(text: string) {
    const payload = Buffer.from(text);
    this.wire = Buffer.concat([headerFor(payload.length), payload]);
  }
}

/** The header of an unmasked text of so many bytes. */
function headerFor(bytes: number): Buffer {
  if (bytes < TWO_BYTES) return Buffer.from([WHOLE_TEXT, bytes]);
  if (bytes < EIGHT_BYTES) return Buffer.from([WHOLE_TEXT, TWO_BYTES, bytes >> 8, bytes & 0xff]);
  const header = Buffer.from([WHOLE_TEXT, TWO_BYTES + 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(bytes), 2);
  return header;
}

/** What a frame begins with; the same message makes it differ by the id alone. */
interface Head {
  readonly type: string;
  readonly id: string;
  readonly revision?: string;
  readonly synced?: boolean;
}

/** What a frame goes on with, whoever is told. */
interface Rest {
  readonly data: unknown;
  /** Names of what is gone. */
  readonly removed?: readonly string[];
}

interface Made {
  readonly rest: string;
  readonly id: string;
  readonly frame: ReadyFrame;
}

/**
 * Frames of messages that many are told: what a message says is made JSON once, and the bytes of the whole frame once for those in
 * a row who gave the same id. It holds nothing of a message that nobody else does.
 */
export class SharedFrames {
  readonly #made = new WeakMap<object, Map<string, Made>>();

  /**
   * The frame that tells of a message; `rest` is asked for once, however many are told. What is told of a part of the message alone
   * names it as `of`.
   */
  of(message: object, head: Head, rest: () => Rest, of = ''): ReadyFrame {
    const kinds = this.#made.get(message) ?? new Map<string, Made>();
    const kind = `${head.type} ${of}`;
    const known = kinds.get(kind);
    if (known?.id === head.id) return known.frame;
    // Without its first brace.
    const text = known?.rest ?? JSON.stringify(rest()).slice(1);
    const frame = new ReadyFrame(`${JSON.stringify(head).slice(0, -1)},${text}`);
    kinds.set(kind, { rest: text, id: head.id, frame });
    this.#made.set(message, kinds);
    return frame;
  }
}
