import { expect } from 'chai';
import { readDockerfile } from '../../../../../agent/builds/dockerfile/needs.js';
import { withoutSyntax } from '../../../../../agent/builds/dockerfile/without-syntax.js';

describe('a Dockerfile without its # syntax=', () => {
  it('keeps all other lines where they are', () => {
    const text = '# syntax=docker/dockerfile:1\n# a comment\nFROM a\n';
    expect(withoutSyntax(text, 1)).to.equal('# syntax: docker/dockerfile:1\n# a comment\nFROM a\n');
  });

  it('keeps directives before it, for none counts after a comment', () => {
    const without = withoutSyntax(
      '#syntax = a\r\n# escape=`\r\nFROM a\r\nRUN --mount=type=cache,target=/c a `\r\n b\r\n',
      1,
    );
    expect(without.split('\n').slice(0, 3)).to.deep.equal(['# escape=`\r', '#syntax :  a\r', 'FROM a\r']);
    const facts = readDockerfile(without, {});
    expect(facts.syntax).to.equal(undefined);
    expect(facts.needs.map(({ line }) => line)).to.deep.equal([4]);
  });
});
