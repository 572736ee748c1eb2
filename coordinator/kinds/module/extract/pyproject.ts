import type { AST } from 'toml-eslint-parser';
import type { Findings } from './findings.js';
import type { SourceText } from './source-text.js';
import { tomlEntries, tomlText } from './toml-config.js';
import type { TomlEntry } from './toml-config.js';
import { roleOfName } from './words.js';

/** Reads pyproject.toml: commands that it installs, versions of Python, packages. */
export function readPyproject(source: SourceText, findings: Findings): void {
  for (const entry of tomlEntries(source, findings)) {
    const path = entry.keys.join('.');
    const name = entry.keys.at(-1) ?? '';
    const text = tomlText(entry.value) ?? '';
    if (path === 'project.requires-python' || path === 'tool.poetry.dependencies.python')
      findings.python ??= text.slice(0, 100);
    else if (/^(?:project\.dependencies$|tool\.poetry\.dependencies\.)/.test(path))
      for (const item of dependenciesOf(entry)) findings.dependency(item);
    else if (/^(?:project|tool\.poetry)\.scripts\./.test(path)) {
      const role = roleOfName(name) ?? roleOfName(text);
      findings.entry({ role, command: [name], from: 'package', file: source.path, line: entry.line });
    }
  }
}

function dependenciesOf({ keys, value }: TomlEntry): string[] {
  return keys[0] === 'project' ? textsOf(value) : poetryDependency(keys.slice(3), tomlText(value) ?? '');
}

/** `name = "^1.2"`, or a table of which one key tells as much. */
function poetryDependency([name = '', key, ...deeper]: readonly string[], text: string): string[] {
  if (deeper.length > 0) return [];
  if (key === undefined || key === 'version') return [`${name} ${text}`.trim()];
  return ['git', 'url', 'path'].includes(key) ? [name] : [];
}

function textsOf(value: AST.TOMLContentNode): string[] {
  if (value.type !== 'TOMLArray') return [];
  return value.elements.flatMap((item) => (item.type === 'TOMLValue' && item.kind === 'string' ? [item.value] : []));
}
