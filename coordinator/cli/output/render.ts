import CliTable from 'cli-table3';
import pico from 'picocolors';
import { textOf } from './view.js';
import type { Block, Cell, Table, Tone, View } from './view.js';

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle']
    .flatMap((line) => [line, `${line}-mid`, `${line}-left`, `${line}-right`, `left-${line}`, `right-${line}`])
    .map((name) => [name, '']),
);

/** Prints a view: aligned columns without lines, so that `awk` and eyes find their way alike. Ends with a line feed. */
export function renderView(view: View, colours: boolean): string {
  return view.map((block) => titled(block, renderBlock(block, colours), colours)).join('\n');
}

/** Prints a cell on one line; what would steer a terminal is made harmless. */
export function renderCell(cell: Cell, colours: boolean): string {
  const text = withoutControls(textOf(cell));
  return typeof cell === 'string' ? text : paint(text, cell.tone, colours);
}

/** Makes a text from elsewhere safe to print on one line. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

function titled(block: Block, text: string, colours: boolean): string {
  if (block.title === undefined) return text;
  return `${pico.createColors(colours).bold(block.title)}\n${text}`;
}

function renderBlock(block: Block, colours: boolean): string {
  switch (block.kind) {
    case 'table':
      return block.table.rows.length === 0 ? `${block.empty}\n` : renderTable(block.table, colours);
    case 'facts':
      return renderFacts(block.facts, colours);
    case 'text':
      return block.text.endsWith('\n') ? block.text : `${block.text}\n`;
  }
}

function renderTable({ head, rows }: Table, colours: boolean): string {
  const bold = pico.createColors(colours).bold;
  return layOut([head.map(bold), ...rows.map((row) => row.map((cell) => renderCell(cell, colours)))]);
}

function renderFacts(facts: readonly (readonly [string, Cell])[], colours: boolean): string {
  return layOut(facts.map(([name, cell]) => [`${name}:`, renderCell(cell, colours)]));
}

function layOut(rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const table = new CliTable({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function paint(text: string, tone: Tone, colours: boolean): string {
  const pen = pico.createColors(colours);
  switch (tone) {
    case 'good':
      return pen.green(text);
    case 'bad':
      return pen.red(text);
    case 'warn':
      return pen.yellow(text);
    case 'faint':
      return pen.dim(text);
  }
}
