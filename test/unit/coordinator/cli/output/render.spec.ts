import { expect } from 'chai';
import { renderView } from '../../../../../coordinator/cli/output/render.js';
import type { View } from '../../../../../coordinator/cli/output/view.js';

const table = (...rows: View[number][]): View => rows;
const hosts: View = [
  {
    kind: 'table',
    table: {
      head: ['NAME', 'STATE'],
      rows: [
        ['a-long-name', { text: 'ready', tone: 'good' }],
        ['b', 'lost'],
      ],
    },
    empty: 'No hosts.',
  },
];

describe('A view as text', () => {
  it('has columns that begin under their titles, and no blanks at the ends of lines', () => {
    expect(renderView(hosts, false)).to.equal('NAME         STATE\na-long-name  ready\nb            lost\n');
  });

  it('keeps the columns where they are when it has colours', () => {
    const coloured = renderView(hosts, true);
    expect(coloured).to.contain('\u001B[32mready');
    // Every escape sequence that colours consist of.
    expect(coloured.replace(/\u001B\[\d+m/g, '').replace(/ +$/gm, '')).to.equal(renderView(hosts, false)); // eslint-disable-line no-control-regex -- the escape is what is looked for
  });

  it('says that there is nothing rather than print titles alone', () => {
    const empty = table({ kind: 'table', table: { head: ['NAME'], rows: [] }, empty: 'No hosts.' });
    expect(renderView(empty, false)).to.equal('No hosts.\n');
  });

  it('makes harmless what would steer the terminal', () => {
    const text = renderView([{ kind: 'facts', facts: [['text', '\u001B[2Jgone\nnext\u0007']] }], false);
    expect(text).to.equal('text:   [2Jgone next\n');
  });

  it('prints long cells and letters of double width whole', () => {
    const rows = [
      ['x'.repeat(300), '鉱'],
      ['y', 'z'],
    ];
    const lines = renderView([{ kind: 'table', table: { head: ['A', 'B'], rows }, empty: '' }], false).split('\n');
    expect(lines[1]).to.equal(`${'x'.repeat(300)}  鉱`);
  });

  it('puts a blank line between its parts', () => {
    const text = renderView(
      [
        { kind: 'facts', facts: [['a', '1']] },
        { kind: 'text', title: 'More', text: 'b' },
      ],
      false,
    );
    expect(text).to.equal('a:  1\n\nMore\nb\n');
  });
});
