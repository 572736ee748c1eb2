import type { AST } from 'toml-eslint-parser';
import type { Findings } from './findings.js';
import type { SourceText } from './source-text.js';
import { tomlEntries, tomlText } from './toml-config.js';
import { roleOfName } from './words.js';

/** Reads pyproject.toml: commands that it installs, versions of Python, packages. */
export function readPyproject(source: SourceText, findings: Findings): void {
  for (const entry of tomlEntries(source, findings)) {
    const path = entry.keys.join('.');
    const name = entry.keys.at(-1) ?? '';
    const text = tomlText(entry.value) ?? '';
    if (path === 'project.requires-python' || path === 'tool.poetry.dependencies.python')
      findings.python ??= text.slice(0, 100);
    else if (path === 'project.dependencies') for (const item of textsOf(entry.value)) findings.dependency(item);
    else if (path.startsWith('tool.poetry.dependencies.')) findings.dependency(`${name} ${text}`.trim());
    else if (/^(?:project|tool\.poetry)\.scripts\./.test(path)) {
      const role = roleOfName(name) ?? roleOfName(text);
      findings.entry({ role, command: [name], from: 'package', file: source.path, line: entry.line });
    }
  }
}

function textsOf(value: AST.TOMLContentNode): string[] {
  if (value.type !== 'TOMLArray') return [];
  return value.elements.flatMap((item) => (item.type === 'TOMLValue' && item.kind === 'string' ? [item.value] : []));
}
