/** A Markdown table; pipes inside of cells are kept as text. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text as code; '' stays empty. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

/** The first line of every generated page. */
export const GENERATED = '<!-- Written by `npm run docs`; edit the source, not this page. -->';

function escapeCell(text: string): string {
  const line = text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  // Text such as <NAME> would be taken for a tag, but between backticks an escape would be shown.
  return line.replace(/`[^`]*`|</g, (part) => (part === '<' ? '\\<' : part));
}
