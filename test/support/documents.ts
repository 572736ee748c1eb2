import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A fenced block of a document. */
export interface CodeBlock {
  /** File and line, to find it by. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** A page for people. */
export interface PageText {
  readonly path: string;
  readonly text: string;
}

/** The pages that people write; those that are generated are checked by their generators. */
export function writtenPages(): PageText[] {
  const docs = readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`);
  const root = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...root, ...docs.filter((name) => name.endsWith('.md'))]
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
    .filter(({ text }) => !text.startsWith('<!-- Written by'));
}

/** A section of a page, from its heading to the next one. */
export function sectionOf(path: string, heading: string): string {
  const [, text = ''] = readFileSync(join(ROOT, path), 'utf8').split(`\n## ${heading}\n`);
  return text.split(/^## /m, 1).join();
}

/** All fenced blocks of a page. */
export function codeBlocks({ path, text }: PageText): CodeBlock[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => ({
    place: `${path}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** Text between single backticks, outside of fenced blocks. */
export function inlineCode({ path, text }: PageText): CodeBlock[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => ({ place: path, language: '', text: match[1] ?? '' }));
}

/** Relative links of a page that lead nowhere. */
export function deadLinks({ path, text }: PageText): string[] {
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
  return links.filter((link) => !/^\w+:/.test(link) && !existsSync(join(ROOT, dirname(path), link)));
}

/** The words of every `headframe` command in a text, up to where the shell ends it. */
export function headframeCommands(text: string): string[][] {
  const withoutRedirections = text.replaceAll(/ # .*$/gm, '').replaceAll(/\s\d?>>?&?\s*\S+/g, ' ');
  // The word itself, not a part of a path, an option or a longer name.
  const found = withoutRedirections.matchAll(/(?<![\w./~-])headframe((?:[ ]+(?:"[^"]*"|'[^']*'|[^\s|&;<>`'")]+))+)/g);
  return [...found].map((match) => (match[1] ?? '').trim().split(/ +(?=(?:[^"]*"[^"]*")*[^"]*$)/));
}
