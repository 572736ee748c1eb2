import type { ModelType } from '../../../../common/model/model-spec.js';
import type { TextJudge } from './judge-text.js';

/** Who says how good an answer is: a text judge, or an endpoint. */
export type JudgeName = TextJudge | 'embedding' | 'llm';

/** A prompt to ask models, with places for what changes each time: `{word}`, `{number}`. */
export interface CanaryTemplate {
  /** Of which type models are that it is for; '' for all. */
  readonly type: ModelType | '';
  readonly prompt: string;
  /** What a right answer says; may have the same places. */
  readonly truth: string;
  readonly judge: JudgeName;
}

/** A prompt that is asked once. */
export interface Canary {
  readonly prompt: string;
  readonly truth: string;
  readonly judge: JudgeName;
}

/** 0 ≤ x < 1, and nobody can foresee it. */
export type Draw = () => number;

/** As the original's validators asked, so that no model can tell who asks by the words. */
const ONLY = '(Return only the answer)';
const CONSONANTS = 'bdfgklmnprstvz';
const VOWELS = 'aeiou';
const SYLLABLES = 4;

/** Makes the canaries that are built in, for models of language; an empty type is one that declares none. */
const BUILT_IN: readonly ((draw: Draw) => Canary)[] = [
  (draw) => {
    const [a, b] = [between(draw, 11, 89), between(draw, 11, 89)];
    return { prompt: `What is ${String(a)} + ${String(b)}? ${ONLY}`, truth: String(a + b), judge: 'numeric' };
  },
  (draw) => {
    const word = wordOf(draw);
    return { prompt: `Repeat this word: ${word} ${ONLY}`, truth: word, judge: 'exact' };
  },
  (draw) => {
    const words = distinctWords(draw, 3);
    const truth = [...words].sort()[0] ?? '';
    return {
      prompt: `Which of these words is the first in the alphabet: ${words.join(', ')}? ${ONLY}`,
      truth,
      judge: 'exact',
    };
  },
];

/** A canary for a model of a type, drawn anew each time; undefined where there is none for it. Pure but for what is drawn. */
export function makeCanary(
  type: ModelType | '',
  templates: readonly CanaryTemplate[] | undefined,
  draw: Draw,
): Canary | undefined {
  if (templates === undefined) return type === '' || type === 'llm' ? oneOf(BUILT_IN, draw)?.(draw) : undefined;
  // A model of no declared type is asked what is asked of models of language.
  const meant = type === '' ? 'llm' : type;
  const found = oneOf(
    templates.filter((template) => template.type === '' || template.type === meant),
    draw,
  );
  return found === undefined ? undefined : filled(found, draw);
}

/** A prompt without a place gets a word that was never asked before, so that a reply that was kept answers nothing. */
function filled({ prompt, truth, judge }: CanaryTemplate, draw: Draw): Canary {
  const [word, number] = [wordOf(draw), String(between(draw, 1_000, 9_999))];
  const fill = (text: string): string => text.replaceAll('{word}', word).replaceAll('{number}', number);
  const asked = fill(prompt);
  return { prompt: asked === prompt ? `${prompt}\n(Reference: ${word})` : asked, truth: fill(truth), judge };
}

function distinctWords(draw: Draw, count: number): string[] {
  const words = new Set<string>();
  while (words.size < count) words.add(wordOf(draw));
  return [...words];
}

/** One of more than twenty million words that nobody uses. */
function wordOf(draw: Draw): string {
  const letter = (letters: string): string => letters.charAt(Math.floor(draw() * letters.length));
  return Array.from({ length: SYLLABLES }, () => letter(CONSONANTS) + letter(VOWELS)).join('');
}

function between(draw: Draw, least: number, most: number): number {
  return least + Math.floor(draw() * (most - least + 1));
}

function oneOf<T>(items: readonly T[], draw: Draw): T | undefined {
  return items[Math.floor(draw() * items.length)];
}
