import { expect } from 'chai';
import { extract } from '../../../../../../coordinator/kinds/module/extract/index.js';
import type { ModuleSetting } from '../../../../../../coordinator/kinds/module/extract/index.js';

/** The settings of files, by name. */
function settingsOf(files: Readonly<Record<string, string>>): Map<string, ModuleSetting> {
  return new Map(extract(new Map(Object.entries(files))).settings.map((setting) => [setting.name, setting]));
}

/** The default of `X` where the file ends with `os.getenv("X", …)` of the expression. */
function defaultOf(expression: string, before = ''): string | undefined {
  return settingsOf({ 'app.py': `import os\n${before}\nos.getenv("X", ${expression})\n` }).get('X')?.default;
}

describe('following Python to its constants', () => {
  it('gives values that stand in the source', () => {
    for (const [expression, value] of [
      ['"a" "b"', 'ab'],
      ["r'\\n'", '\\n'],
      ['"\\x41\\u0042"', 'AB'],
      ['"""a"""', 'a'],
      ['f"{A}-{1 + 2}{{}}"', 'a-3{}'],
      ['1_000 * 2', '2000'],
      ['7 // 2', '3'],
      ['1 / 4', '0.25'],
      ['0x10', '16'],
      ['-5', '-5'],
      ['None or "z"', 'z'],
      ['int("12") + 1', '13'],
      ['["a", A]', 'a,a'],
      ['D["k"]', 'v'],
      ['L[-1]', 'y'],
      ['C.attribute', 'inner'],
      ['os.path.join("a", "b")', 'a/b'],
      ['"(" + A + ")"', '(a)'],
    ] as const) {
      const before = 'A = "a"\nD = {"k": "v"}\nL = ["x", "y"]\nclass C:\n    attribute = "inner"\n';
      expect(defaultOf(expression, before), expression).to.equal(value);
    }
  });

  it('gives none for what only running would tell', () => {
    for (const expression of [
      'open("x").read()',
      'A',
      'f"{A:>10}"',
      'x if y else z',
      'b"bytes"',
      '"%s" % A',
      '9 ** 9 ** 9',
      'lambda: 1',
    ])
      expect(defaultOf(expression, 'A = A + 1\n'), expression).to.equal(undefined);
  });

  it('follows imports within the repository, and never leaves it', () => {
    const files = {
      'app/main.py': [
        'import os, app.deep.more as more',
        'from .values import ONE as FIRST',
        'from .deep import *',
        'from ....outside import OUT',
        'os.getenv("A", FIRST)',
        'os.getenv("B", STAR)',
        'os.getenv("C", more.MORE)',
        'os.getenv("D", OUT)',
      ].join('\n'),
      'app/values.py': 'from .main import LOOP\nONE = "one"\n',
      'app/deep/__init__.py': 'STAR = "star"\n',
      'app/deep/more.py': 'MORE = "more"\n',
    };
    const settings = settingsOf(files);
    expect(['A', 'B', 'C', 'D'].map((name) => settings.get(name)?.default)).to.deep.equal([
      'one',
      'star',
      'more',
      undefined,
    ]);
  });

  it('takes a local constant before that of the file', () => {
    const code = 'import os\nP = 1\ndef f():\n    P = 2\n    return os.getenv("A", P)\nos.getenv("B", P)\n';
    const settings = settingsOf({ 'app.py': code });
    expect([settings.get('A')?.default, settings.get('B')?.default]).to.deep.equal(['2', '1']);
  });

  it('reads pydantic settings whose configuration is a dictionary', () => {
    const code = [
      'from pydantic_settings import BaseSettings',
      'class S(BaseSettings):',
      '    model_config = {"env_prefix": "APP_", "extra": "ignore"}',
      '    port: int = 80',
    ].join('\n');
    expect(settingsOf({ 'app.py': code }).get('APP_PORT')).to.include({ default: '80', type: 'integer', line: 4 });
  });

  it('reads no settings where names only look like them', () => {
    const code =
      'class os:\n    pass\ndef getenv(x): pass\ngetenv("A")\nmy.environ["B"]\nconfig("C")\nclass S(BaseSettings):\n    d: int\n';
    expect([...settingsOf({ 'app.py': code }).keys()]).to.deep.equal([]);
  });

  it('tells how a switch stands before it is given', () => {
    const code = [
      'parser.add_argument("--on", action="store_true")',
      'parser.add_argument("--no-off", action="store_false", default=True)',
      'parser.add_argument("--kept", action="store_true", default=True)',
    ].join('\n');
    const settings = settingsOf({ 'app.py': code });
    expect(['--on', '--no-off', '--kept'].map((name) => settings.get(name)?.default)).to.deep.equal([
      'false',
      'false',
      'true',
    ]);
  });
});
