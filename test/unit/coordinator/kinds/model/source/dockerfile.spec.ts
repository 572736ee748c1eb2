import { expect } from 'chai';
import { judgeDockerfile } from '../../../../../../coordinator/kinds/model/source/dockerfile.js';

describe('the Dockerfile of a model', () => {
  const GOOD: readonly (readonly [string, string])[] = [
    ['that begins with FROM', 'FROM python:3\nRUN true\n'],
    ['that begins with ARG', 'ARG VERSION=3\nFROM python:${VERSION}\n'],
    ['with parser directives', '# syntax=docker/dockerfile:1\n# escape=`\nARG A=1\nFROM a\n'],
    ['of several stages', 'FROM a AS built\nRUN make\nFROM b\nCOPY --from=built /x /x\n'],
    ['in small letters, with comments, empty lines and a BOM', '\ufeff# about\n\n  from a\n'],
    ['with a line that goes on', 'FROM \\\n  # why\n  a\nRUN a \\\n && b\n'],
    ['with the ends of lines of Windows', 'ARG A=1\r\nFROM a\r\nCMD ["a"]\r\n'],
    ['from nothing', 'FROM scratch\nCOPY a /\n'],
  ];
  for (const [what, text] of GOOD)
    it(`is taken ${what}`, () => {
      expect(judgeDockerfile(text)).to.equal(undefined);
    });

  const BAD: readonly (readonly [string, string, RegExp])[] = [
    ['without anything', '', /^line 1: .*no FROM/],
    ['of comments alone', '# FROM a\n', /^line 1: .*no FROM/],
    ['with ARG alone', 'ARG A=1\nARG B=2\n', /^line 3: .*no FROM/],
    ['that begins with RUN', '# x\n\nRUN true\nFROM a\n', /^line 3: RUN/],
    ['that has a page in its place', '<!doctype html>\n<html></html>\n', /^line 1: <!doctype/],
    ['whose FROM names nothing', 'FROM a\nRUN b\nFROM\n', /^line 3: FROM/],
    ['that is no text', 'FROM a\0b\n', /no text/],
    ['without end', `FROM a\n${'#'.repeat(70_000)}`, /characters/],
  ];
  for (const [what, text, why] of BAD)
    it(`is refused ${what}, with its line`, () => {
      expect(judgeDockerfile(text)).to.match(why);
    });
});
