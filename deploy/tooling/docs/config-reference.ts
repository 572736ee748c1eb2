import { z } from 'zod';
import { AGENT_ENV_PREFIX, agentConfigSchema } from '../../../common/config/agent-config.js';
import { COORDINATOR_ENV_PREFIX, coordinatorConfigSchema } from '../../../common/config/coordinator-config.js';
import { configFields, flagOf, variableOf } from '../../../common/config/field-tree.js';
import { GENERATED, code, markdownTable } from './markdown.js';
import { fieldRows } from './schema-fields.js';
import type { FieldSchema } from './schema-fields.js';

const INTRODUCTION = `# Configuration reference

Both programs take their settings from, in this order, defaults, a YAML file, the environment and flags; what comes later
wins. The file is the one named by \`--config\` or \`HEADFRAME_<PROGRAM>_CONFIG\`, otherwise
\`/etc/headframe/<program>.yaml\` if it is there. Unknown settings are errors, in the environment too, and all that is wrong
is told at once. In variables and flags a list is separated by commas, and a map is written \`key=value,key=value\`.`;

/** The reference of both programs' settings as Markdown. */
export function renderConfigReference(): string {
  const agent = settingsTable(agentConfigSchema, AGENT_ENV_PREFIX);
  const coordinator = settingsTable(coordinatorConfigSchema, COORDINATOR_ENV_PREFIX);
  return `${GENERATED}\n\n${INTRODUCTION}\n\n## Agent\n\n${agent}\n\n## Coordinator\n\n${coordinator}\n`;
}

function settingsTable(schema: z.ZodType, envPrefix: string): string {
  const tree = z.toJSONSchema(schema, { io: 'input' }) as FieldSchema; // what zod writes is a JSON Schema
  const rows = new Map(fieldRows(tree).map((row) => [row.path, row]));
  const lines = configFields(schema).map((field) => {
    const row = rows.get(field.path);
    const names = `${code(flagOf(field))} ${code(variableOf(field, envPrefix))}`;
    return [code(field.path), names, row?.type ?? '', code(row?.standard ?? ''), row?.range ?? '', field.description];
  });
  return markdownTable(['setting', 'flag and variable', 'type', 'default', 'range', 'meaning'], lines);
}
