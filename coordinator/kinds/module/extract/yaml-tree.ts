import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments, visit } from 'yaml';
import type { Node, Pair, YAMLMap } from 'yaml';
import type { Findings } from './findings.js';
import { isTooDeep } from './nesting.js';
import type { SourceText } from './source-text.js';

/** One entry of a mapping. */
export interface YamlEntry {
  readonly key: string;
  readonly value: Node | undefined;
  /** Line of the key. */
  readonly line: number;
  readonly comment: string;
}

/** A YAML file as a tree whose aliases are followed only when asked. */
export class YamlFile {
  readonly roots: readonly Node[];
  readonly #lines = new LineCounter();
  readonly #anchors = new Map<string, Node>();
  /** Entries and items still to be handed out, so that mappings which repeat each other end. */
  #left = 50_000;

  /** Reads a file; what is wrong with it becomes a warning and leaves what could be read. */
  constructor(source: SourceText, findings: Findings) {
    this.roots = this.#parse(source, findings);
    for (const root of this.roots) {
      visit(root, {
        Node: (_, node) => {
          if (!isAlias(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
        },
      });
    }
  }

  /** The line that a node begins on. */
  lineOf(node: Node | undefined): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line;
  }

  /** The entries of a mapping, with those that it merges from others behind its own; empty for anything else. */
  entries(node: Node | undefined, depth = 0): YamlEntry[] {
    const map = this.resolve(node);
    if (!isMap(map) || depth > 4 || this.#left <= 0) return [];
    this.#left -= map.items.length;
    const own = map.items.map((pair) => this.#entry(pair)).filter((entry) => entry.key !== '');
    const merged = own.filter(({ key }) => key === '<<').flatMap(({ value }) => this.#merged(value, depth));
    const named = own.filter(({ key }) => key !== '<<');
    const names = new Set(named.map(({ key }) => key));
    return [...named, ...merged.filter(({ key }) => !names.has(key))].slice(0, 2_000);
  }

  /** The items of a sequence; empty for anything else. */
  items(node: Node | undefined): Node[] {
    const seq = this.resolve(node);
    // Without a reviver the items of a parsed sequence are nodes.
    const items = isSeq(seq) && this.#left > 0 ? (seq.items as Node[]).slice(0, 2_000) : [];
    this.#left -= items.length;
    return items;
  }

  /** The text of a scalar as it is written but for quotes; undefined for none, null and anything else. */
  text(node: Node | undefined): string | undefined {
    const scalar = this.resolve(node);
    if (!isScalar(scalar) || scalar.value === null) return undefined;
    return typeof scalar.value === 'string' ? scalar.value : scalar.source;
  }

  /** What an alias stands for. */
  resolve(node: Node | undefined): Node | undefined {
    return isAlias(node) ? this.#anchors.get(node.source) : node;
  }

  #parse(source: SourceText, findings: Findings): Node[] {
    if (isTooDeep(source, findings)) return [];
    try {
      const documents = parseAllDocuments(source.text, {
        lineCounter: this.#lines,
        uniqueKeys: false,
        logLevel: 'silent',
      });
      const [error] = documents.flatMap(({ errors }) => errors);
      if (error !== undefined) {
        const line = this.#lines.linePos(error.pos[0]).line;
        findings.warn('syntax_error', { file: source.path, line }, `this YAML is not right: ${error.code}`);
      }
      return documents.flatMap(({ contents }) => (contents === null ? [] : [contents]));
    } catch {
      // The parser recurses: nesting that no person writes ends its stack.
      findings.warn('syntax_error', { file: source.path, line: 1 }, 'this YAML cannot be read');
      return [];
    }
  }

  #merged(value: Node | undefined, depth: number): YamlEntry[] {
    const node = this.resolve(value);
    const maps = isSeq(node) ? this.items(node).slice(0, 20) : [node];
    return maps.flatMap((map) => this.entries(map, depth + 1)).slice(0, 2_000);
  }

  #entry(pair: YAMLMap['items'][number]): YamlEntry {
    // Without a reviver the keys and values of a parsed mapping are nodes.
    const { key, value } = pair as Pair<Node | null, Node | null>;
    if (!isPair(pair) || key === null) return { key: '', value: undefined, line: 1, comment: '' };
    const comment = key.commentBefore ?? value?.comment ?? '';
    return { key: this.text(key) ?? '', value: value ?? undefined, line: this.lineOf(key), comment };
  }
}
