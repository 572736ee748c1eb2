/** Control, format and surrogate characters, line and paragraph separators, and what no character is assigned to. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * A string from a chain as it may be shown and kept: at most `most` characters, and what would not be seen, or would move
 * what is, as `\u{HEX}`. Pure.
 */
export function cleanText(text: string, most: number): string {
  // Cut first, by code points: a megabyte is not worth cleaning.
  const characters = Array.from(text.slice(0, 2 * most + 2));
  const isCut = characters.length > most || text.length > 2 * most + 2;
  const kept = isCut ? `${characters.slice(0, Math.max(0, most - 1)).join('')}…` : characters.join('');
  return kept.replace(UNSEEN, (unseen) => `\\u{${(unseen.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Bytes from a chain, which ought to be UTF-8, likewise. */
export function cleanBytes(bytes: Uint8Array, most: number): string {
  return cleanText(new TextDecoder().decode(bytes.subarray(0, 4 * most + 4)), most);
}
