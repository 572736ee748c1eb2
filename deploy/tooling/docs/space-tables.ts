import { z } from 'zod';
import { OWN_SETTINGS, SPACE_ENV_PREFIX, defaultSettings, spaceSettingsSchema } from '../../../agent/kinds/space/alone/settings-schema.js';
import { configFields, variableOf } from '../../../common/config/field-tree.js';
import { SPACE_COMMANDS } from '../../../common/model/space-commands.js';
import { code, markdownTable } from './markdown.js';
import { fieldRows } from './schema-fields.js';
import type { FieldSchema } from './schema-fields.js';

const BEGIN = '<!-- The tables of commands and settings are made from the source by `npm run docs`. -->\n';
const END = '<!-- End of the tables of commands and settings. -->\n';

/** The text with its tables of commands and settings made anew. Throws an Error where the text has no place for them. */
export function withSpaceTables(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('docs/space.md has lost the marks around its tables');
  return `${text.slice(0, begin + BEGIN.length)}\n${commands()}\n\n${settings()}\n\n${text.slice(end)}`;
}

function commands(): string {
  const rows = SPACE_COMMANDS.flatMap(({ name, description, argument, flags }) => [
    [code(argument === undefined ? name : `${name} <${argument.name}>`), '', description, ''],
    ...flags.map((flag) => ['', code(flag.flags), flag.description, code(flag.standard ?? '')]),
  ]);
  return markdownTable(['command', 'flag', 'meaning', 'default'], rows);
}

function settings(): string {
  const tree = z.toJSONSchema(spaceSettingsSchema, { io: 'input' }) as FieldSchema; // what zod writes is a JSON Schema
  const ranges = new Map(fieldRows(tree).map(({ path, range, standard }) => [path, { range, standard }]));
  const written: Readonly<Record<string, unknown>> = defaultSettings('~');
  const rows = configFields(spaceSettingsSchema).map((field) => {
    const { range = '', standard = '' } = ranges.get(field.path) ?? {};
    const initial = field.path in written ? String(written[field.path]) : standard.replaceAll('"', '');
    const whose = OWN_SETTINGS.has(field.path) ? 'Headframe' : 'reference';
    return [code(field.path), code(initial), range, code(variableOf(field, SPACE_ENV_PREFIX)), whose, field.description];
  });
  return markdownTable(['setting', 'default', 'range', 'variable', 'of', 'meaning'], rows);
}
