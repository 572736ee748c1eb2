/** A word with its quoted parts. */
const WORD = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

/** Splits a shell command at its blanks, keeping what is quoted together; undefined for what only a shell can tell. */
function splitCommand(text: string): string[] | undefined {
  if (text.length > 4_000 || /[|&;<>`\n]|\$\(/.test(text) || text.replace(WORD, '').trim() !== '') return undefined;
  return (text.match(WORD) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

/** A command as words, run by a shell where it takes one. */
export function commandOf(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  return splitCommand(trimmed) ?? ['sh', '-c', trimmed];
}
