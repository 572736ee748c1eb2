import { isMap, isScalar, isSeq } from 'yaml';
import type { Node } from 'yaml';
import { TELLING } from './findings.js';
import type { Findings } from './findings.js';
import { LIMITS } from './limits.js';
import type { Place, SettingType } from './setting.js';
import type { SourceText } from './source-text.js';
import { roleOfName, roleOfPath } from './words.js';
import { YamlFile } from './yaml-tree.js';
import type { YamlEntry } from './yaml-tree.js';

/** Reads a YAML configuration file: each value that is no mapping is a setting, named by its path of keys. */
export function readYamlConfig(source: SourceText, findings: Findings): void {
  const walk = new Walk(source, findings);
  walk.read();
}

class Walk {
  readonly #source: SourceText;
  readonly #findings: Findings;
  readonly #file: YamlFile;
  #count = 0;

  constructor(source: SourceText, findings: Findings) {
    this.#source = source;
    this.#findings = findings;
    this.#file = new YamlFile(source, findings);
  }

  read(): void {
    const role = roleOfPath(this.#source.path);
    for (const root of this.#file.roots) {
      let comment = root.commentBefore ?? '';
      for (const entry of this.#file.entries(root)) {
        this.#visit({ ...entry, comment: entry.comment || comment }, '', roleOfName(entry.key) ?? role);
        comment = '';
      }
    }
  }

  #visit(entry: YamlEntry, above: string, role: string | undefined, depth = 1): void {
    const name = above === '' ? entry.key : `${above}.${entry.key}`;
    const place = { file: this.#source.path, line: entry.line };
    const value = this.#file.resolve(entry.value);
    if (this.#count >= LIMITS.settingsOfFile) return;
    if (isMap(value) && value.items.length > 0) {
      if (depth < LIMITS.nesting) this.#down(value, { name, role, depth });
      else this.#tooDeep(place);
      return;
    }
    this.#count += 1;
    if (this.#count === LIMITS.settingsOfFile)
      this.#findings.warn(
        'limit_reached',
        place,
        `more than ${LIMITS.settingsOfFile} settings: what follows is not read`,
      );
    const { type, text } = this.#valueOf(value);
    const description = entry.comment;
    this.#findings.add({
      name,
      source: 'file',
      telling: TELLING.example,
      type,
      default: text,
      role,
      description,
      ...place,
    });
  }

  #down(map: Node, { name, role, depth }: { name: string; role: string | undefined; depth: number }): void {
    for (const entry of this.#file.entries(map)) this.#visit(entry, name, role ?? roleOfName(entry.key), depth + 1);
  }

  #tooDeep(place: Place): void {
    this.#count += 1;
    this.#findings.warn('limit_reached', place, `more than ${LIMITS.nesting} mappings within each other`);
  }

  #valueOf(value: Node | undefined): { readonly type: SettingType | undefined; readonly text: string | undefined } {
    if (isSeq(value)) {
      const items = this.#file.items(value);
      const plain = items.every((item) => isScalar(this.#file.resolve(item)));
      return { type: 'list', text: plain ? items.map((item) => this.#file.text(item) ?? '').join(',') : undefined };
    }
    const text = this.#file.text(value);
    if (isScalar(value) && typeof value.value === 'string') return { type: stringType(value.value), text };
    return { type: undefined, text };
  }
}

/** A quoted number is a text; what looks like an address or a path is told by its looks. */
function stringType(text: string): SettingType | undefined {
  return /^[+-]?[\d.]+$|^(?:true|false)$/i.test(text) ? 'string' : undefined;
}
