import { commandOf } from './command-line.js';
import type { Findings } from './findings.js';
import type { SourceText } from './source-text.js';
import { roleOfName } from './words.js';

/** Reads a Procfile: `name: command` lines. */
export function readProcfile(source: SourceText, findings: Findings): void {
  for (const [index, line] of source.lines.slice(0, 500).entries()) {
    const [, name, command = ''] = /^([A-Za-z0-9_-]{1,80}):\s(.{1,4000})$/.exec(line) ?? [];
    if (name === undefined) continue;
    const place = { file: source.path, line: index + 1 };
    findings.entry({ role: roleOfName(name) ?? name, command: commandOf(command), from: 'procfile', ...place });
  }
}

/** Reads package.json: scripts whose name or command speaks of a role, and `start`. */
export function readPackageJson(source: SourceText, findings: Findings): void {
  const scripts = scriptsOf(source, findings);
  for (const [name, script] of Object.entries(scripts).slice(0, 200)) {
    const role = roleOfName(name) ?? roleOfName(String(script));
    if (typeof script !== 'string' || /test|lint|build|format|check/.test(name)) continue;
    if (role === undefined && name !== 'start') continue;
    const line = source.lineAt(Math.max(0, source.text.indexOf(JSON.stringify(name))));
    findings.entry({ role, command: ['npm', 'run', name], from: 'package', file: source.path, line });
  }
}

function scriptsOf(source: SourceText, findings: Findings): object {
  try {
    const json: unknown = JSON.parse(source.text);
    const scripts = typeof json === 'object' && json !== null && 'scripts' in json ? json.scripts : undefined;
    return typeof scripts === 'object' && scripts !== null ? scripts : {};
  } catch {
    findings.warn('syntax_error', { file: source.path, line: 1 }, 'this JSON cannot be read');
    return {};
  }
}
