/** How a reply of a model begins, as it is passed on. */
export interface ReplyHead {
  /** From 200 to 299, or from 400 to 599. */
  readonly status: number;
  /** In lower case: those that are passed on alone. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A name in lower case with what a reply had there. */
export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What is passed on of a reply besides its type: nothing that would speak for the coordinator, or for the connection. */
const PASSED = ['content-encoding', 'content-language', 'content-length', 'retry-after'] as const;
/** Types that a browser shows without running anything of them. */
const SHOWN =
  /^(?:application\/(?:json|problem\+json|x-ndjson|jsonl|octet-stream|pdf)|text\/(?:plain|event-stream|csv)|audio\/[\w.+-]+|image\/(?:png|jpeg|gif|webp)|video\/[\w.+-]+)$/;
const UNKNOWN_TYPE = 'application/octet-stream';

/** What is passed on of how a model begins its reply; undefined for what is no reply, a redirection say. Pure. */
export function replyHeadOf(status: number, raw: RawHeaders): ReplyHead | undefined {
  if (status < 200 || (status >= 300 && status < 400) || status > 599) return undefined;
  const headers: Record<string, string> = { 'content-type': typeOf(raw['content-type']) };
  for (const name of PASSED) {
    const value = raw[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return { status, headers };
}

/** A page or a picture with a script would be run as one of ours. */
function typeOf(value: RawHeaders[string]): string {
  const [type = '', ...parameters] = typeof value === 'string' ? value.split(';') : [];
  const name = type.trim().toLowerCase();
  if (!SHOWN.test(name)) return UNKNOWN_TYPE;
  const charset = parameters.map((one) => one.trim()).find((one) => /^charset="?[\w-]{1,40}"?$/i.test(one));
  return charset === undefined ? name : `${name}; ${charset}`;
}
