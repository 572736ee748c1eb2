import { expect } from 'chai';
import { candidatesFor } from '../../../../../coordinator/cli/completion/candidates.js';
import type { Candidates } from '../../../../../coordinator/cli/completion/candidates.js';
import { buildProgram } from '../../../../../coordinator/cli/program.js';

const program = buildProgram(() => () => Promise.resolve());
const after = (...words: string[]): Candidates => candidatesFor(program, words);

describe('Completion', () => {
  const cases: readonly [string, readonly string[], Candidates][] = [
    ['commands', ['in'], { words: ['instances', 'intents'] }],
    ['commands of a subject', ['miners', 's'], { words: ['show', 'scale', 'stop'] }],
    ['choices of an option', ['miners', 'ls', '-o', 'j'], { words: ['json'] }],
    ['choices of an argument', ['completion', ''], { words: ['bash', 'zsh', 'fish'] }],
    ['miners as arguments', ['miners', 'show', ''], { words: [], names: 'miner' }],
    ['miners as values', ['instances', 'ls', '--miner', ''], { words: [], names: 'miner' }],
    ['hosts after a switch', ['hosts', 'rm', '--force', ''], { words: [], names: 'host' }],
    ['contexts', ['--context', ''], { words: [], names: 'context' }],
    ['more of what may be repeated', ['miners', 'stop', 'a', 'b', ''], { words: [], names: 'miner' }],
    ['nothing for a number', ['miners', 'scale', 'web', ''], { words: [] }],
    ['files after -f', ['apply', '-f', ''], { words: [] }],
    ['nothing of ours after --', ['instances', 'exec', 'web-1', '--', '--'], { words: [] }],
    ['options', ['miners', 'wait', 'web', '--ti'], { words: ['--timeout'] }],
    ['options given with their value', ['--address=x:1', 'stat'], { words: ['status'] }],
  ];
  for (const [what, words, expected] of cases) {
    it(`offers ${what}`, () => expect(after(...words)).to.deep.equal(expected));
  }

  it('offers the options of every command beside its own', () => {
    expect(after('miners', 'ls', '--').words).to.include.members(['--label', '--output', '--help']);
  });
});
