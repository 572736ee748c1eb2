import { REASONS } from '../../../common/model/reason.js';
import { GENERATED, code, markdownTable } from './markdown.js';

const INTRODUCTION = `# Reason codes

Every decision and every change of state carries one of these codes beside a text for people. The codes are stable:
programs may branch on them. A program may meet a code of a newer release, and then treats it as information.`;

/** The reference of reason codes as Markdown. */
export function renderReasonsReference(): string {
  const rows = Object.entries(REASONS).map(([reason, { severity, meaning, remedy }]) => [
    code(reason),
    severity,
    meaning,
    remedy,
  ]);
  return `${GENERATED}\n\n${INTRODUCTION}\n\n${markdownTable(['code', 'severity', 'meaning', 'what to do'], rows)}\n`;
}
