import pico from 'picocolors';
import type { FieldViolation, HeadframeError } from '../../../common/model/error.js';
import type { OutputFormat } from './printer.js';
import { withoutControls } from './render.js';

/** Prints an error for stderr: lines for people, one JSON object when programs read the output. */
export function renderError(error: HeadframeError, format: OutputFormat, colours: boolean): string {
  return format === 'json' || format === 'yaml' ? errorAsJson(error) : errorAsText(error, colours);
}

function errorAsJson({ code, reason, message, remedy, violations, metadata }: HeadframeError): string {
  return `${JSON.stringify({ error: { code, reason, message, remedy, violations, metadata } })}\n`;
}

function errorAsText({ message, remedy, violations, metadata }: HeadframeError, colours: boolean): string {
  const label = pico.createColors(colours).red('error:');
  const [first = '', ...rest] = message.split('\n').map(withoutControls);
  const lines = [`${label} ${first}`, ...rest, ...violations.map(violationAsText)];
  const omitted = metadata['omitted_violations'];
  if (omitted !== undefined) lines.push(`  … and ${omitted} more`);
  if (remedy !== undefined) lines.push(`remedy: ${withoutControls(remedy)}`);
  return `${lines.join('\n')}\n`;
}

// `miner.yaml#2 resources.memory: value "1", expected bytes from 6MiB — Add a unit.`
function violationAsText({ document, path, value, expected, remedy }: FieldViolation): string {
  const place = [document, path].filter((part) => part !== undefined && part !== '').join(' ');
  const found = value === undefined ? '' : ` value ${value},`;
  const way = remedy === undefined ? '' : ` — ${remedy}`;
  return withoutControls(`  ${place}:${found} expected ${expected}${way}`);
}
