import { TELLING } from './findings.js';
import type { Findings } from './findings.js';
import { LIMITS } from './limits.js';
import type { SourceText } from './source-text.js';
import { roleOfName, roleOfPath } from './words.js';

/** Reads an .ini or .cfg file: sections of `key = value` or `key: value`; the comment above a key describes it. */
export function readIni(source: SourceText, findings: Findings): void {
  const roleOfFile = roleOfPath(source.path);
  let section = '';
  let comment: string[] = [];
  let count = 0;
  for (const [index, raw] of source.lines.entries()) {
    const place = { file: source.path, line: index + 1 };
    const line = raw.trim();
    const heading = /^\[([^\]]{1,200})\]/.exec(line)?.[1];
    if (line === '') comment = [];
    else if (/^[#;]/.test(line)) comment.push(line.replace(/^[#;]+/, ''));
    else if (heading !== undefined) {
      section = heading.trim();
      comment = [];
    } else if (/^\s/.test(raw)) continue;
    else {
      const at = line.search(/[=:]/);
      if (at < 1) {
        findings.warn('syntax_error', place, 'expected [section] or key = value');
        continue;
      }
      count += 1;
      if (count > LIMITS.settingsOfFile) {
        findings.warn('limit_reached', place, `more than ${LIMITS.settingsOfFile} settings: what follows is not read`);
        return;
      }
      const key = line.slice(0, at).trim();
      findings.add({
        name: section === '' || section === 'DEFAULT' ? key : `${section}.${key}`,
        source: 'file',
        telling: TELLING.example,
        default: unquoted(line.slice(at + 1).trim()),
        role: roleOfName(section) ?? roleOfFile,
        description: comment.slice(-5).join(' '),
        ...place,
      });
      comment = [];
    }
  }
}

function unquoted(text: string): string | undefined {
  const comment = text.search(/\s[#;]/);
  const value = (comment === -1 ? text : text.slice(0, comment)).trim();
  if (value === '') return undefined;
  const quote = value.charAt(0);
  return value.length > 1 && (quote === '"' || quote === "'") && value.endsWith(quote) ? value.slice(1, -1) : value;
}
