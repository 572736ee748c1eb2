import { isAlias, isScalar, visit } from 'yaml';
import type { Node } from 'yaml';
import { commandOf } from './command-line.js';
import { TELLING } from './findings.js';
import type { Findings } from './findings.js';
import type { SourceText } from './source-text.js';
import { substitutionsIn, withDefaults } from './substitution.js';
import { roleOfName, roleOfPath } from './words.js';
import { YamlFile } from './yaml-tree.js';
import type { YamlEntry } from './yaml-tree.js';

/** Reads a compose file: variables that its texts take, and environment, ports and command of the module's own services. */
export function readCompose(source: SourceText, findings: Findings): void {
  new ComposeReader(source, findings).read();
}

interface Service {
  readonly name: string;
  readonly role: string | undefined;
  readonly parts: ReadonlyMap<string, YamlEntry>;
  /** Where it begins and ends in the file. */
  readonly range: readonly [number, number];
}

class ComposeReader {
  readonly #path: string;
  readonly #findings: Findings;
  readonly #file: YamlFile;

  constructor(source: SourceText, findings: Findings) {
    this.#path = source.path;
    this.#findings = findings;
    this.#file = new YamlFile(source, findings);
  }

  read(): void {
    for (const root of this.#file.roots) {
      const services = this.#file.entries(root).find(({ key }) => key === 'services');
      const all = this.#file
        .entries(services?.value)
        .slice(0, 100)
        .map((entry) => this.#serviceOf(entry));
      this.#substitutions(root, all);
      for (const service of all) this.#service(service);
    }
  }

  #serviceOf({ key, value }: YamlEntry): Service {
    const parts = new Map(this.#file.entries(value).map((entry) => [entry.key, entry]));
    const files = this.#texts(parts.get('env_file')?.value).map(roleOfPath);
    const role = roleOfName(key) ?? roleOfPath(this.#path) ?? files.find((found) => found !== undefined);
    const [begin = 0, end = 0] = value?.range ?? [];
    return { name: key, role, parts, range: [begin, end] };
  }

  #service(service: Service): void {
    const { parts, role, name } = service;
    // What neither is built here nor named after a role is another's image, such as a database.
    if (!parts.has('build') && role === undefined) return;
    this.#environment(service);
    for (const item of this.#file.items(parts.get('ports')?.value)) this.#port(item, role);
    const command = [...this.#command(parts.get('entrypoint')), ...this.#command(parts.get('command'))];
    const line = (parts.get('command') ?? parts.get('entrypoint'))?.line;
    if (line !== undefined)
      this.#findings.entry({ role: role ?? name, command, from: 'compose', file: this.#path, line });
  }

  #environment({ parts, role }: Service): void {
    const environment = parts.get('environment')?.value;
    for (const { key, value, line, comment } of this.#file.entries(environment))
      this.#variable({ name: key, value: this.#file.text(value), line, comment, role });
    for (const item of this.#file.items(environment)) {
      const [name = '', ...rest] = (this.#file.text(item) ?? '').split('=');
      const value = rest.length === 0 ? undefined : rest.join('=');
      this.#variable({
        name,
        value,
        line: this.#file.lineOf(item),
        comment: item.commentBefore ?? item.comment ?? '',
        role,
      });
    }
  }

  #variable(found: {
    name: string;
    value: string | undefined;
    line: number;
    comment: string;
    role: string | undefined;
  }): void {
    const { name, value = '', line, comment, role } = found;
    const variables = substitutionsIn(value);
    this.#findings.add({
      name,
      source: 'environment',
      telling: TELLING.deployed,
      default: value === '' ? undefined : withDefaults(value),
      required: variables.some(({ required }) => required),
      role,
      description: comment,
      file: this.#path,
      line,
    });
  }

  #port(item: Node, role: string | undefined): void {
    const line = this.#file.lineOf(item);
    const long = new Map(this.#file.entries(item).map(({ key, value }) => [key, this.#file.text(value)]));
    const text =
      long.size > 0 ? `${long.get('target') ?? ''}/${long.get('protocol') ?? 'tcp'}` : (this.#file.text(item) ?? '');
    const [mapping = '', protocol = 'tcp'] = (withDefaults(text) ?? text).split('/');
    const port = Number(/(?:^|:)(\d{1,5})$/.exec(mapping)?.[1]);
    if (Number.isInteger(port))
      this.#findings.port({ port, protocol: protocol === 'udp' ? 'udp' : 'tcp', role, file: this.#path, line });
  }

  #command(entry: YamlEntry | undefined): string[] {
    const text = this.#file.text(entry?.value);
    return text === undefined ? this.#texts(entry?.value) : commandOf(text);
  }

  #texts(node: Node | undefined): string[] {
    const text = this.#file.text(node);
    if (text !== undefined) return [text];
    return this.#file.items(node).map((item) => this.#file.text(item) ?? '');
  }

  /** Variables of every text: whoever deploys the module with this file sets them. */
  #substitutions(root: Node, services: readonly Service[]): void {
    visit(root, {
      Scalar: (_, node) => {
        if (isAlias(node) || !isScalar(node) || typeof node.value !== 'string' || !node.value.includes('$')) return;
        const place = { file: this.#path, line: this.#file.lineOf(node) };
        const at = node.range?.[0] ?? 0;
        const role = services.find(({ range: [begin, end] }) => begin <= at && at < end)?.role;
        for (const variable of substitutionsIn(node.value)) {
          const standard = variable.default === '' ? undefined : variable.default;
          this.#findings.add({
            ...variable,
            default: standard,
            source: 'environment',
            telling: TELLING.deployed,
            role,
            ...place,
          });
        }
      },
    });
  }
}
