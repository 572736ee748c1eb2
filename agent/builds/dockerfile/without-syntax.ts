/**
 * A Dockerfile whose `# syntax=` on that line is a comment, so that the engine's own frontend reads it; lines keep their
 * numbers, but that other directives stand before it, for none counts after a comment. Pure.
 */
export function withoutSyntax(text: string, line: number): string {
  const lines = text.split('\n');
  const others: string[] = [];
  let end = 0;
  for (; DIRECTIVE.test(lines[end] ?? ''); end += 1) if (end !== line - 1) others.push(lines[end] ?? '');
  const dropped = (lines[line - 1] ?? '').replace('=', ': ');
  return [...others, dropped, ...lines.slice(end)].join('\n');
}

const DIRECTIVE = /^#\s*[a-zA-Z][a-zA-Z0-9]*\s*=\s*\S/;
