import { ParseError, parseTOML } from 'toml-eslint-parser';
import type { AST } from 'toml-eslint-parser';
import { TELLING } from './findings.js';
import type { Findings } from './findings.js';
import { LIMITS } from './limits.js';
import { isTooDeep } from './nesting.js';
import type { SettingType } from './setting.js';
import type { SourceText } from './source-text.js';
import { roleOfName, roleOfPath } from './words.js';

/** One key with its value and where it stands. */
export interface TomlEntry {
  readonly keys: readonly string[];
  readonly value: AST.TOMLContentNode;
  readonly line: number;
  readonly comment: string;
}

/** All keys of a TOML file in their order; what is wrong with it becomes a warning. */
export function tomlEntries(source: SourceText, findings: Findings): TomlEntry[] {
  if (isTooDeep(source, findings)) return [];
  try {
    const program = parseTOML(source.text, { tomlVersion: '1.0' });
    const comments = new Map(program.comments.map(({ loc, value }) => [loc.start.line, value.trim()]));
    const entries: TomlEntry[] = [];
    for (const node of program.body[0].body) collect(node, [], { comments, entries });
    return entries;
  } catch (thrown) {
    const line = thrown instanceof ParseError ? thrown.lineNumber : 1;
    findings.warn('syntax_error', { file: source.path, line }, 'this TOML cannot be read');
    return [];
  }
}

/** Reads a TOML configuration file: each value that is no table is a setting, named by its path of keys. */
export function readTomlConfig(source: SourceText, findings: Findings): void {
  const role = roleOfPath(source.path);
  const entries = tomlEntries(source, findings);
  for (const { keys, value, line, comment } of entries.slice(0, LIMITS.settingsOfFile)) {
    findings.add({
      name: keys.join('.'),
      source: 'file',
      telling: TELLING.example,
      type: typeOf(value),
      default: tomlText(value),
      role: roleOfName(keys[0] ?? '') ?? role ?? roleOfName(keys.slice(0, -1).join('.')),
      description: comment,
      file: source.path,
      line,
    });
  }
  const next = entries[LIMITS.settingsOfFile];
  if (next !== undefined)
    findings.warn(
      'limit_reached',
      { file: source.path, line: next.line },
      'too many settings: what follows is not read',
    );
}

interface Collected {
  readonly comments: ReadonlyMap<number, string>;
  readonly entries: TomlEntry[];
}

function collect(node: AST.TOMLTable | AST.TOMLKeyValue, above: readonly string[], into: Collected): void {
  if (node.type === 'TOMLTable') {
    const path = node.resolvedKey.map(String);
    for (const child of node.body) collect(child, path, into);
    return;
  }
  const keys = [...above, ...node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
  if (node.value.type === 'TOMLInlineTable' && keys.length < LIMITS.nesting && node.value.body.length > 0) {
    for (const child of node.value.body) collect(child, keys, into);
    return;
  }
  const { line } = node.loc.start;
  const comment = into.comments.get(line - 1) ?? into.comments.get(node.loc.end.line) ?? '';
  into.entries.push({ keys, value: node.value, line, comment });
}

function typeOf(value: AST.TOMLContentNode): SettingType | undefined {
  if (value.type === 'TOMLArray') return 'list';
  if (value.type === 'TOMLInlineTable') return 'string';
  if (value.kind === 'integer' || value.kind === 'boolean') return value.kind;
  if (value.kind === 'float') return 'number';
  return value.kind === 'string' && /^[+-]?[\d.]+$|^(?:true|false)$/i.test(value.value) ? 'string' : undefined;
}

/** A value as text, lists joined by commas; undefined for tables. */
export function tomlText(value: AST.TOMLContentNode): string | undefined {
  if (value.type === 'TOMLInlineTable') return undefined;
  if (value.type === 'TOMLArray') {
    const items = value.elements
      .slice(0, LIMITS.choices * 5)
      .map((item) => (item.type === 'TOMLValue' ? tomlText(item) : undefined));
    return items.includes(undefined) ? undefined : items.join(',');
  }
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'integer':
      return value.bigint.toString();
    case 'float':
      return value.number;
    case 'boolean':
      return String(value.value);
    default:
      return value.datetime;
  }
}
