import { Arg, DockerfileParser, Env } from 'dockerfile-ast';
import type { Dockerfile, Instruction } from 'dockerfile-ast';
import { commandOf } from './command-line.js';
import { TELLING } from './findings.js';
import type { Findings } from './findings.js';
import type { SourceText } from './source-text.js';
import { roleOfName, roleOfPath } from './words.js';

/** Variables that concern the image's own tools and no module. */
const OF_TOOLS =
  /^(?:PATH|HOME|LANG|LC_ALL|LANGUAGE|TZ|DEBIAN_FRONTEND|VIRTUAL_ENV|PYTHONPATH|LD_LIBRARY_PATH|TERM)$|^(?:PYTHON[A-Z]+|PIP_|POETRY_|UV_)/;

/** Characters of a Dockerfile that are looked at; its parser takes a time that grows faster than the file. */
const MOST_CHARS = 64_000;

/** Reads a Dockerfile: ENV, ARG, EXPOSE, and ENTRYPOINT with CMD of its last stage. */
export function readDockerfile(source: SourceText, findings: Findings): void {
  if (source.text.length > MOST_CHARS) {
    findings.warn('file_too_large', { file: source.path, line: 1 }, `more than ${MOST_CHARS} characters: not read`);
    return;
  }
  try {
    new DockerfileReader(source.path, DockerfileParser.parse(source.text), findings).read();
  } catch {
    findings.warn('syntax_error', { file: source.path, line: 1 }, 'this Dockerfile cannot be read');
  }
}

class DockerfileReader {
  readonly #path: string;
  readonly #dockerfile: Dockerfile;
  readonly #findings: Findings;
  /** Values of ARG and ENV so far. */
  readonly #values = new Map<string, string>();
  #entrypoint: { readonly words: readonly string[]; readonly line: number } | undefined;
  #command: { readonly words: readonly string[]; readonly line: number } | undefined;

  constructor(path: string, dockerfile: Dockerfile, findings: Findings) {
    this.#path = path;
    this.#dockerfile = dockerfile;
    this.#findings = findings;
  }

  read(): void {
    for (const instruction of this.#dockerfile.getInstructions().slice(0, 2_000)) this.#instruction(instruction);
    const words = [...(this.#entrypoint?.words ?? []), ...(this.#command?.words ?? [])];
    const line = (this.#command ?? this.#entrypoint)?.line;
    if (line === undefined) return;
    const role = this.#role ?? roleOfName(words.join(' '));
    this.#findings.entry({ role, command: words, from: 'dockerfile', file: this.#path, line });
  }

  get #role(): string | undefined {
    return roleOfPath(this.#path);
  }

  #instruction(instruction: Instruction): void {
    const line = instruction.getRange().start.line + 1;
    switch (instruction.getKeyword()) {
      case 'FROM':
        this.#entrypoint = this.#command = undefined;
        break;
      case 'ENV':
        if (instruction instanceof Env) this.#environment(instruction);
        break;
      case 'ARG':
        if (instruction instanceof Arg) this.#argument(instruction, line);
        break;
      case 'EXPOSE':
        for (const argument of instruction.getArguments()) this.#port(argument.getValue(), line);
        break;
      case 'ENTRYPOINT':
        this.#entrypoint = { words: wordsOf(instruction), line };
        this.#command = undefined;
        break;
      case 'CMD':
        this.#command = { words: wordsOf(instruction), line };
        break;
    }
  }

  #environment(instruction: Env): void {
    for (const property of instruction.getProperties().slice(0, 300)) {
      const name = property.getName();
      const value = this.#expand(property.getValue() ?? '');
      if (value !== undefined) this.#values.set(name, value);
      if (OF_TOOLS.test(name)) continue;
      this.#findings.add({
        name,
        source: 'environment',
        telling: TELLING.image,
        default: value === '' ? undefined : value,
        role: this.#role,
        file: this.#path,
        line: property.getRange().start.line + 1,
      });
    }
  }

  #argument(instruction: Arg, line: number): void {
    const [property] = instruction.getProperties();
    if (property === undefined) return;
    const name = property.getName();
    const value = this.#expand(property.getValue() ?? '');
    if (value !== undefined && value !== '') this.#values.set(name, value);
    this.#findings.buildArgument({ name, default: value === '' ? undefined : value, file: this.#path, line });
  }

  #port(text: string, line: number): void {
    const [, digits, protocol] = /^(\d{1,5})(?:\/(tcp|udp))?$/i.exec(this.#expand(text) ?? '') ?? [];
    const port = Number(digits);
    if (digits !== undefined)
      this.#findings.port({
        port,
        protocol: protocol?.toLowerCase() === 'udp' ? 'udp' : 'tcp',
        role: this.#role,
        file: this.#path,
        line,
      });
  }

  /** The text with values in place of variables, `$X`, `${X}` or `${X:-default}`; undefined where one is not known. */
  #expand(text: string): string | undefined {
    if (text.length > 2_000) return undefined;
    const unknown: string[] = [];
    const expanded = text.replace(VARIABLE, (whole, braced?: string, standard?: string, bare?: string) => {
      const value = this.#values.get(braced ?? bare ?? '') ?? standard;
      if (value === undefined) unknown.push(whole);
      return value ?? '';
    });
    return unknown.length === 0 && expanded.length <= 2_000 ? expanded : undefined;
  }
}

const VARIABLE = /\$(?:\{([A-Za-z_]\w{0,99})(?::?-([^{}]{0,500}))?\}|([A-Za-z_]\w{0,99}))/g;

function wordsOf(instruction: Instruction): string[] {
  const text = (instruction.getArgumentsContent() ?? '').trim();
  if (!text.startsWith('[')) return commandOf(text);
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) ? words.filter((word) => typeof word === 'string') : commandOf(text);
  } catch {
    return commandOf(text);
  }
}
