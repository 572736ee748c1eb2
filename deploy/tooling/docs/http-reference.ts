import { placesOf } from '../../../coordinator/gateway/contract/binding.js';
import { CONTRACT } from '../../../coordinator/gateway/contract/table.js';
import type { BoundService } from '../../../coordinator/gateway/contract/table.js';
import { GENERATED, code, markdownTable } from './markdown.js';

const INTRODUCTION = `# HTTP routes

The methods of the [API](api.md) as [the gateway](gateway.md#the-contract-in-json) serves them; \`GET /openapi.json\` has their fields. Names in
braces are fields of the request.`;

/** The reference of routes as Markdown. */
export function renderHttpReference(): string {
  return [GENERATED, INTRODUCTION, ...CONTRACT.map(sectionOf), ''].join('\n\n');
}

function sectionOf({ service, bindings }: BoundService): string {
  const rows = service.methods.flatMap(({ name, localName }) => {
    const binding = bindings[localName];
    if (binding === undefined || 'unbound' in binding) return [[code(name), '', binding?.unbound ?? '']];
    return placesOf(binding).map(({ verb, path, summary, isMatched = false }) => [
      ...[code(name), code(`${verb} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)],
      `${summary}${isMatched ? ' (`If-Match`)' : ''}`,
    ]);
  });
  return `## ${service.name}\n\n${markdownTable(['method', 'route', 'what it does, or why it has none'], rows)}`;
}
