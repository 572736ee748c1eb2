/** No message of the engine comes near this; a longer line means that the stream is none of its. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/**
 * Splits newline-delimited JSON that is cut at arbitrary places; the last line may lack its newline.
 * @throws SyntaxError for a line that is no JSON, RangeError for one without end
 */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) throw new RangeError('a line of the engine does not end');
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield JSON.parse(rest);
}

/** A value as a record, to read unknown JSON by name; empty for anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  // An object that is no array has string keys with unknown values, which is all that is claimed.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A text; '' for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A finite number that is not negative; 0 for anything else. */
export function amountOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
