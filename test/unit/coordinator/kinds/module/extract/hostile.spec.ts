import { expect } from 'chai';
import fc from 'fast-check';
import { extract } from '../../../../../../coordinator/kinds/module/extract/index.js';

const PATHS = [
  'miner.py',
  'neurons/validator.py',
  '.env.example',
  'config.ini',
  'config.yaml',
  'config.toml',
  'pyproject.toml',
  'docker-compose.yml',
  'Dockerfile',
  'Procfile',
  'package.json',
] as const;

/** Pieces that the readers know, to be put together in ways that no author would. */
const PIECES = [
  ...['parser.add_argument(', '"--x"', ', default=', 'os.getenv(', 'os.environ[', 'import os\n', 'from . import x\n'],
  ...[
    '@click.option(',
    'typer.Option(',
    'class S(BaseSettings):\n  a: int = ',
    'def f(p):\n',
    'f"{',
    '}"',
    '"',
    "'",
    '"""',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    '=',
    ':',
    '\n',
    '  ',
    '\t',
    '#',
    '\\',
    '|',
    '*x',
    '&x ',
    '<<: ',
    '- ',
    '? ',
    '%',
    '---\n',
  ],
  ...[
    'services:\n',
    '  a:\n    build: .\n',
    '    environment:\n',
    '${A:-',
    '${',
    '$',
    'ENV A=',
    'ARG ',
    'CMD ["',
    'EXPOSE ',
    'FROM x\n',
  ],
  ...[
    'A=',
    'key',
    '1',
    '9'.repeat(40),
    '0x',
    '\0',
    '\uFEFF',
    '\uFFFD',
    '\u202e',
    '\x1b',
    'é',
    '🦀',
    '\ud800',
    'a.b.c',
    '[section]\n',
  ],
];

const text = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })), { maxLength: 120 });
const modules = fc.dictionary(
  fc.constantFrom(...PATHS),
  text.map((pieces) => pieces.join('')),
  { maxKeys: 4 },
);

/** Bounds that hold for whatever was read. */
function expectBounded(files: Readonly<Record<string, string>>): void {
  const { settings, ports, entries, warnings } = extract(new Map(Object.entries(files)));
  const lines = new Map(Object.entries(files).map(([path, content]) => [path, content.split(/\r\n|\r|\n/).length]));
  for (const { name, default: value = '', description, line, file } of settings) {
    expect(name).to.match(/^[\w .:/@-]{1,160}$/);
    expect(`${value}${description}`).not.to.match(/\p{Cc}|\p{Cf}|\p{Cs}/u);
    expect(value.length).to.be.at.most(1_000);
    expect(description.length).to.be.at.most(300);
    expect(line).to.be.within(1, lines.get(file) ?? 0);
  }
  for (const { message, line } of warnings) {
    expect(message).not.to.match(/\p{Cc}|\p{Cf}|\p{Cs}/u);
    expect(line).to.be.at.least(1);
  }
  for (const { port } of ports) expect(port).to.be.within(1, 65_535);
  for (const { command } of entries) expect(command).not.to.be.empty;
}

/** Milliseconds that reading a module takes, far above what a slow machine needs and far below what growing work would. */
const MOST_MS = 8_000;

function timeOf(path: string, content: string): number {
  const begun = performance.now();
  expectBounded({ [path]: content });
  return performance.now() - begun;
}

describe('a hostile module', () => {
  it('never makes reading throw, whatever its files hold', () => {
    fc.assert(fc.property(modules, expectBounded), { numRuns: 1_000, seed: 5 });
  });

  it('costs little, however large or deep its files are', function () {
    this.timeout(60_000);
    const n = 300_000;
    const cases: [string, string][] = [
      ['miner.py', `import os\n${'('.repeat(n)}`],
      ['miner.py', `import os\nos.getenv("A", ${'['.repeat(50_000)}${']'.repeat(50_000)})`],
      ['miner.py', `os.environ\n${'a.'.repeat(n / 6)}b`],
      ['miner.py', `os.environ\nx = ${'"a" + '.repeat(15_000)}"b"\nparser.add_argument(x)`],
      [
        'miner.py',
        `os.environ\n${'if x:\n'.repeat(1)}${Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}if x:\n`).join('')}`,
      ],
      ['miner.py', 'parser.add_argument("--a", default=1)\n'.repeat(4_000)],
      [
        'miner.py',
        Array.from({ length: 1_500 }, (_, i) => `def f${String(i)}(n): return os.getenv(n)\nf${String(i)}("A")\n`).join(
          '',
        ),
      ],
      [
        'miner.py',
        `os.environ\n${Array.from({ length: 3_000 }, (_, i) => `A${String(i)} = A${String(i + 1)} + A${String(i + 1)}\n`).join('')}os.getenv(A0)`,
      ],
      ['miner.py', `os.environ\n@a.b(\n${'@'.repeat(n / 5)}`],
      ['miner.py', `os.environ\n"${'\\'.repeat(n)}`],
      ['miner.py', `os.environ\nf"${'{'.repeat(n)}`],
      ['config.yaml', `a: ${'['.repeat(n)}`],
      ['config.yaml', 'a: &x {b: *x}\n'.repeat(3_000)],
      [
        'config.yaml',
        `a: &a [1]\n${Array.from({ length: 40 }, (_, i) => `a${String(i + 1)}: &a${String(i + 1)} {<<: [${`*a${i === 0 ? '' : String(i)},`.repeat(9)}]}\n`).join('')}`,
      ],
      ['config.yaml', '? '.repeat(50_000)],
      [
        'docker-compose.yml',
        `services:\n${Array.from({ length: 1_500 }, (_, i) => `  s${String(i)}: {build: ., environment: {A: "$\{B${String(i)}}"}}\n`).join('')}`,
      ],
      ['docker-compose.yml', `services: { a: { build: ., command: "${'$'.repeat(n)}" } }`],
      ['config.toml', `a = ${'['.repeat(n)}`],
      ['config.toml', `${'a.'.repeat(30_000)}b = 1`],
      ['config.toml', Array.from({ length: 8_000 }, (_, i) => `a${String(i)} = 1\n`).join('')],
      ['.env', `A=${'"'.repeat(n)}\n${' '.repeat(n / 4)}#`],
      ['.env', 'A=1\n'.repeat(30_000)],
      ['config.ini', `[${'a'.repeat(n)}`],
      ['config.ini', `${' '.repeat(n)}x`],
      ['Dockerfile', `FROM x\nENV ${'A=$B '.repeat(10_000)}`],
      ['Dockerfile', `FROM x\n${'RUN a\\\n'.repeat(9_000)}`],
      ['Dockerfile', 'ARG A\n'.repeat(10_000)],
      ['Dockerfile', `FROM x\nCMD ${'"'.repeat(60_000)}`],
      ['package.json', `{"scripts":${'['.repeat(n)}`],
      ['Procfile', `a: ${'x'.repeat(n)}`],
    ];
    for (const [path, content] of cases) {
      const ms = timeOf(path, content);
      expect(ms, `${path}: ${content.slice(0, 40)}`).to.be.below(MOST_MS);
    }
  });

  it('is read as far as the limits go and no further', () => {
    const many = new Map(
      Array.from({ length: 3_000 }, (_, index) => [`a/${String(index)}.env`, `A${String(index)}=1\n`]),
    );
    const { settings, warnings } = extract(many);
    expect(settings).to.have.length(2_000);
    expect(warnings.map(({ code }) => code)).to.include('limit_reached');
    const large = extract(new Map([['.env', `A=${'x'.repeat(500_000)}`]]));
    expect(large.settings).to.be.empty;
    expect(large.warnings.map(({ code }) => code)).to.deep.equal(['file_too_large']);
    const binary = extract(new Map([['miner.py', 'import os\0os.getenv("A")']]));
    expect(binary.settings).to.be.empty;
    expect(binary.warnings.map(({ code }) => code)).to.deep.equal(['not_text']);
  });
});
