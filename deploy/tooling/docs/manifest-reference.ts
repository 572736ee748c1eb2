import { manifestJsonSchema } from '../../../common/model/manifest/index.js';
import { GENERATED, code, markdownTable } from './markdown.js';
import { fieldRows } from './schema-fields.js';
import type { FieldSchema } from './schema-fields.js';

const INTRODUCTION = `# Manifest reference

A manifest declares one miner: what it runs, what it takes, where it may go. It is YAML 1.2 or JSON; a file holds one or
several documents, divided by \`---\`. Unknown fields are errors, and nothing is applied unless everything in all files
is right. \`deploy/manifest.schema.json\` is the same for editors.

\`\`\`yaml
kind: container
name: hasher
replicas: 4
container:
  image: registry.example/hasher:1
\`\`\`

## Fields`;

const AMOUNTS = `## Amounts

| amount | written as |
| --- | --- |
| CPU | \`2\`, \`1.5\` or \`500m\` (thousandths, the finest there is) |
| bytes, powers of 1024 | \`512MiB\` or \`512Mi\`; Ki, Mi, Gi, Ti, Pi. Lower case as Docker takes it: \`512m\`, \`2g\`, \`2gb\` |
| bytes, powers of 1000 | \`512MB\` or \`512M\`; kB, K, M, G, T, P |
| duration | \`500ms\`, \`30s\`, \`5m\`, \`1h30m\`, \`1d\`: the largest unit first |

## Rules between fields

- An \`identity\` allows at most one replica, and its instances always stop once cut off (\`onDisconnect: stop\`).
- An HTTP or TCP probe asks a declared TCP port, except with \`network: host\`.
- Names of ports differ, and so do fixed host ports of one protocol; \`network: none\` has no ports.
- With \`network: host\` a fixed host port is the container's own.
- A mount has exactly one source: \`volume\`, \`tmpfs\` or \`hostPath\`. Their targets differ.
- \`constraints\` and \`affinities\` look at \`labels.<key>\`, \`host.id\`, \`host.name\`, \`host.arch\`, \`host.os\`,
  \`host.runtime\` and \`host.verified\`: which of \`cpu\`, \`memory\`, \`disk\`, \`network\` and \`gpu\` the host has proven.
  Of that, \`in\` wants all values and \`notIn\` none. A miner whose \`constraints\` want \`host.verified\` in \`cpu\`,
  \`memory\` or \`disk\` takes no more of these than is proven; affinities set no such limit.
- Command, arguments and environment have at most 262144 characters together.
- Variables that begin with \`HEADFRAME_\` are the agent's own.`;

/** The manifest reference as Markdown, from the schema that manifests are checked by. */
export function renderManifestReference(): string {
  const schema = manifestJsonSchema() as FieldSchema; // what zod writes is a JSON Schema
  const rows = fieldRows(schema).map(({ path, type, standard, range, meaning }) => [
    code(path),
    type,
    standard === 'required' ? '**required**' : code(standard),
    range,
    meaning,
  ]);
  const table = markdownTable(['field', 'type', 'default', 'range', 'meaning'], rows);
  return `${GENERATED}\n\n${INTRODUCTION}\n\n${table}\n\n${AMOUNTS}\n`;
}

/** The manifest's JSON Schema as text, without what only the reference needs. */
export function renderManifestSchema(): string {
  const plain = JSON.stringify(manifestJsonSchema(), (key, value: unknown) => (key === 'range' ? undefined : value), 2);
  return `${plain}\n`;
}
