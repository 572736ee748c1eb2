import type { Standing } from '../state/standing.js';

/** How something stands, by a word and, beside it, by a colour. */
export function Tag({ word, tone }: Standing) {
  return <span class={`tag tag-${tone}`}>{word}</span>;
}

/** A label `key=value`. */
export function Label({ text }: { readonly text: string }) {
  return <span class="label">{text}</span>;
}
