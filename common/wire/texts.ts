/** Characters of a text for people that are kept; the rest is cut. */
const LONGEST_TEXT = 1024;

/** Characters of a code, id or version that are kept. */
export const LONGEST_WORD = 128;

// What moves a terminal's cursor or colours its text has no place in a message.
const CONTROL = /\p{Cc}/gu;

/** A text from another program, safe to keep and to print: cut to `longest` characters, control characters made spaces. */
export function boundedText(text: string, longest = LONGEST_TEXT): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.replace(CONTROL, ' ');
}

/** A reason code from another program; one that has not the form of a code becomes `unknown`. */
export function reasonCode(text: string): string {
  return /^[a-z][a-z0-9_]{0,63}$/.test(text) ? text : 'unknown';
}
