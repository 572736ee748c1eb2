import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandFault } from '../../../support/command-check.js';
import { headframeCommands } from '../../../support/documents.js';

const PAGE = join(import.meta.dirname, '../../../../coordinator/dashboard/page');

describe('commands that the dashboard names', () => {
  it('exist', () => {
    const files = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
    const texts = files.map((name) => readFileSync(join(PAGE, name), 'utf8'));
    const named = texts.flatMap((text) =>
      [...text.matchAll(/<code>(headframe [^<]+)<\/code>/g)].map(([, code = '']) => code),
    );
    const commands = named.flatMap(headframeCommands);
    expect(commands.length).to.be.greaterThan(4);
    expect(
      commands.map((words) => commandFault(words, 'mention')).filter((fault) => fault !== undefined),
    ).to.deep.equal([]);
  });
});
