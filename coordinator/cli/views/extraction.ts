import type {
  Extraction,
  ExtractionWarning,
  ModuleEntry,
  ModulePort,
  ModuleSetting,
  Place,
} from '../../kinds/module/extract/index.js';
import { tableOf } from '../output/view.js';
import type { Block, Column, View, Viewing } from '../output/view.js';
import { NOTHING, toned } from './cells.js';

/** What `modules inspect` shows of a module's source. */
export function extractionView({ settings, entries, ports, facts, warnings }: Extraction, { wide }: Viewing): View {
  const said: [string, string][] = [
    ['python', facts.python ?? NOTHING],
    ['requirements', facts.requirements.map(({ file }) => file).join(', ') || NOTHING],
    ['dependencies', facts.dependencies.join(', ') || NOTHING],
    ['build arguments', facts.buildArguments.map(({ name }) => name).join(', ') || NOTHING],
  ];
  return [
    { kind: 'table', table: tableOf(SETTINGS, settings, wide), empty: 'No settings found.' },
    ...some('Entries', tableOf(ENTRIES, entries, wide)),
    ...some('Ports', tableOf(PORTS, ports, wide)),
    { kind: 'facts', title: 'Facts', facts: said },
    ...some('Warnings', tableOf(WARNINGS, warnings, wide)),
  ];
}

function some(title: string, table: ReturnType<typeof tableOf>): Block[] {
  return table.rows.length === 0 ? [] : [{ kind: 'table', title, table, empty: '' }];
}

function placeCell({ file, line }: Place): string {
  return `${file}:${String(line)}`;
}

const SETTINGS: readonly Column<ModuleSetting>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'SOURCE', cell: ({ source }) => source },
  { title: 'TYPE', cell: ({ type }) => type },
  { title: 'DEFAULT', cell: ({ default: value }) => (value === '' ? '""' : (value ?? NOTHING)) },
  { title: 'NEEDED', cell: ({ required }) => (required ? toned('yes', 'warn') : 'no') },
  { title: 'SECRET', cell: ({ secret }) => (secret ? toned('yes', 'warn') : 'no') },
  { title: 'ROLE', cell: ({ role }) => role ?? NOTHING },
  { title: 'PLACE', cell: placeCell },
  { title: 'CHOICES', cell: ({ choices }) => choices.join(', ') || NOTHING, wide: true },
  { title: 'DESCRIPTION', cell: ({ description }) => description || NOTHING, wide: true },
  { title: 'ALSO', cell: ({ also }) => also.map(placeCell).join(', ') || NOTHING, wide: true },
];

const ENTRIES: readonly Column<ModuleEntry>[] = [
  { title: 'ROLE', cell: ({ role }) => role ?? NOTHING },
  { title: 'COMMAND', cell: ({ command }) => command.join(' ') },
  { title: 'FROM', cell: ({ from }) => from },
  { title: 'PLACE', cell: placeCell },
];

const PORTS: readonly Column<ModulePort>[] = [
  { title: 'PORT', cell: ({ port }) => String(port) },
  { title: 'PROTOCOL', cell: ({ protocol }) => protocol },
  { title: 'ROLE', cell: ({ role }) => role ?? NOTHING },
  { title: 'PLACE', cell: placeCell },
];

const WARNINGS: readonly Column<ExtractionWarning>[] = [
  { title: 'WARNING', cell: ({ code }) => toned(code, 'warn') },
  { title: 'PLACE', cell: placeCell },
  { title: 'TEXT', cell: ({ message }) => message },
];
