/** Judges that need no one else: the same texts always give the same judgement. */
export const TEXT_JUDGES = ['exact', 'numeric', 'words'] as const;

/** One of `TEXT_JUDGES`. */
export type TextJudge = (typeof TEXT_JUDGES)[number];

/** Numbers within this part of each other are the same. */
const TOLERANCE = 1e-6;

/** How far an answer is what was wanted, from 0 to 1. Pure. */
export function judgeText(judge: TextJudge, truth: string, answer: string): number {
  switch (judge) {
    case 'exact':
      return plain(answer) === plain(truth) ? 1 : 0;
    case 'numeric':
      return isSameNumber(numberIn(answer), numberIn(truth)) ? 1 : 0;
    case 'words':
      return overlap(wordsOf(answer), wordsOf(truth));
  }
}

/** Without what models put around an answer: case, quotes, marks and a point at the end. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .replace(/^[\s"'`*_([{<«“‘]+|[\s"'`*_)\]}>»”’.!,;:]+$/gu, '');
}

/**
 * The one number that a text gives: the only one in it, however often, or what is right of its last `=`. Undefined where several
 * differ: who lists numbers has not said which.
 */
function numberIn(text: string): number | undefined {
  const said = text.normalize('NFKC').replace(/−/gu, '-');
  const right = said.slice(said.lastIndexOf('=') + 1);
  const found = [...new Set(numbersOf(right))];
  return found.length === 1 ? found[0] : undefined;
}

function numbersOf(text: string): number[] {
  // A thousand may be written 1,000; a minus is one only where no number or word is left of it.
  const grouped = text.replace(/(?<=\d),(?=\d{3}(?!\d))/g, '');
  return [...grouped.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?/gi)].map(([number]) => Number(number));
}

function isSameNumber(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
}

/** The harmonic mean of what of the answer is wanted and what of the wanted is answered (F1): listing all words gains nothing. */
function overlap(answer: ReadonlySet<string>, truth: ReadonlySet<string>): number {
  const common = [...answer].filter((word) => truth.has(word)).length;
  return common === 0 ? 0 : (2 * common) / (answer.size + truth.size);
}
