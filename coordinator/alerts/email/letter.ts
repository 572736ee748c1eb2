import { createHash } from 'node:crypto';
import type { Notice } from '../notice.js';

/** An alert as an e-mail, before it is sent. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  /** The same whenever the same notices are sent again, so that mail readers show them once. */
  readonly messageId: string;
}

/** Of a subject, in characters: what lists of mail readers show. */
const MOST_SUBJECT = 160;
/** Of what is told of one alert, in characters. */
const MOST_LINE = 1_000;

/**
 * What is mailed of notices, of which there is at least one. Texts of hosts and miners are anybody's: each stays in its own line, without
 * what ends a line, a header or a terminal's patience. Pure.
 */
export function letterOf(notices: readonly Notice[], from: string): Letter {
  const [first] = notices;
  const more = notices.length > 1 ? ` and ${String(notices.length - 1)} more` : '';
  const subject = first === undefined ? 'Headframe' : `Headframe ${headline(first)}${more}`;
  const text = `${notices.map(paragraph).join('\n\n')}\n`;
  const digest = createHash('sha256')
    .update(notices.map(({ id }) => id).join('\n'))
    .digest('hex')
    .slice(0, 32);
  return { subject: shortened(subject, MOST_SUBJECT), text, messageId: `<${digest}.headframe@${domainOf(from)}>` };
}

function headline({ state, reason, text }: Notice): string {
  return `[${state}] ${reason}: ${oneLine(text)}`;
}

function paragraph(notice: Notice): string {
  const { severity, about, remedy, sinceMs, raisedAtMs, clearedAtMs } = notice;
  const facts: readonly (readonly [string, string])[] = [
    ['about', about],
    ['severity', severity],
    ['since', timeOf(sinceMs)],
    ['raised', timeOf(raisedAtMs)],
    ['over since', clearedAtMs === undefined ? '' : timeOf(clearedAtMs)],
    ['what to do', remedy],
  ];
  const lines = facts.filter(([, value]) => value !== '').map(([name, value]) => `  ${name}: ${shortLine(value)}`);
  return [shortLine(headline(notice)), ...lines].join('\n');
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

function shortLine(text: string): string {
  return shortened(oneLine(text), MOST_LINE);
}

/** Without line ends of any kind, control characters and marks that turn the direction of what is read. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

function shortened(text: string, most: number): string {
  // A pair that is cut in two is no text any more.
  return text.length > most ? `${text.slice(0, most - 1).replace(/\p{Surrogate}$/u, '')}…` : text;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
