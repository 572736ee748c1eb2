import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { withoutDocuments } from '../../../../../agent/builds/dockerfile/documents.js';
import { readDockerfile } from '../../../../../agent/builds/dockerfile/needs.js';

/** What the shell says to the RUN of a line, once it is rewritten. */
function ran(text: string, line: number, shell = 'sh'): string {
  const run = withoutDocuments(text)?.text.split('\n')[line - 1] ?? '';
  expect(run).to.match(/^RUN /);
  return execFileSync(shell, ['-c', run.replace(/^RUN (?:--\S+ +)*/, '')]).toString();
}

describe('RUN with here-documents, rewritten', () => {
  it('is a script in the same shell', () => {
    const script = `set -e\nname='a b'\nfor i in 1 2; do\n\techo "$i $name" '100%' "back\\\\slash"\ndone\necho é; false\necho never`;
    const text = `FROM a\nRUN <<"EOF"\n${script}\nEOF\n`;
    for (const shell of ['sh', 'bash']) {
      const said = (): string => ran(text, 2, shell);
      expect(said).to.throw();
      expect(ran(text.replace('; false', ''), 2, shell)).to.equal(
        '1 a b 100% back\\slash\n2 a b 100% back\\slash\né\nnever\n',
      );
    }
  });

  it('is a command with its documents, of which the shell replaces what is to be replaced', () => {
    const text = 'FROM a\nRUN x=1; cat <<A - <<-"B" && \\\n  cat <<C\nno $x\nA\n\t$x\n\tB\n${x}2\nC\n';
    expect(ran(text, 2)).to.equal('$x\n12\n');
    expect(ran(text.replace('x=1', 'x=7').replace('<<A - <<-"B"', '<<-"B"').replace('no $x\nA\n', ''), 2)).to.equal(
      '$x\n72\n',
    );
  });

  it('drops tabs where it is to, and keeps flags and the numbers of all other lines', () => {
    const text =
      'FROM a\nRUN --mount=type=cache,target=/c \\\n  <<-EOF\n\tcat <<X\n\tone\n\tX\n\tEOF\nRUN --mount=type=ssh true\nRUN <<E\necho two\nE';
    const without = withoutDocuments(text);
    expect(without?.lines).to.deep.equal([2, 9]);
    expect(without?.text.split('\n').slice(2, 8)).to.deep.equal(['#', '#', '#', '#', '#', 'RUN --mount=type=ssh true']);
    expect(without?.text).to.match(/^RUN --mount=type=cache,target=\/c +eval /m);
    const { needs } = readDockerfile(without?.text ?? '', {});
    expect(needs.map(({ line, what }) => `${String(line)} ${what}`)).to.deep.equal(['2 RUN --mount', '8 RUN --mount']);
    expect(ran(text, 2)).to.equal('one\n');
    expect(ran(text, 9)).to.equal('two\n');
  });

  it('is a program of its own where it names its interpreter', () => {
    const run = withoutDocuments("FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nprint('it')\nEOF\n")?.text.split('\n')[1];
    expect(run).to.match(/^RUN --mount=type=tmpfs,target=\/dev\/pipes printf '#!.*' > \/dev\/pipes\/EOF /);
  });

  it('is left to its builder where there is none, where it does not end, and in another shell', () => {
    expect(withoutDocuments('FROM a\nRUN echo $((1<<3))\nCOPY <<A /a\nA\n')).to.equal(undefined);
    expect(withoutDocuments('FROM a\nRUN <<A\nb\n')).to.equal(undefined);
    expect(withoutDocuments('FROM a\nSHELL ["python3", "-c"]\nRUN <<A\nb\nA\n')).to.equal(undefined);
    expect(withoutDocuments('FROM a\nSHELL ["/bin/bash", "-c"]\nRUN <<A\nb\nA\n')).not.to.equal(undefined);
  });
});
