/** A variable that a text of a compose file takes from the environment. */
export interface Substitution {
  readonly name: string;
  readonly default: string | undefined;
  readonly required: boolean;
}

/** The variables of a text, as `${NAME}`, `${NAME:-default}`, `${NAME:?message}` or `$NAME`; `$$` is a dollar sign. */
export function substitutionsIn(text: string): Substitution[] {
  const found: Substitution[] = [];
  const bounded = text.slice(0, 10_000);
  for (let at = bounded.indexOf('$'); at !== -1 && found.length < 100; at = bounded.indexOf('$', at)) {
    const part = bounded.slice(at, at + 1_200);
    const [whole = '$', braced, operator = '', word = '', bare] = SUBSTITUTION.exec(part) ?? [];
    const name = braced ?? bare;
    at += part.startsWith('$$') ? 2 : whole.length;
    if (name === undefined) continue;
    const isDefault = operator.endsWith('-');
    found.push({ name, default: isDefault ? word : undefined, required: operator.endsWith('?') });
  }
  return found;
}

/** The text with defaults in place of variables; undefined where one has none. */
export function withDefaults(text: string): string | undefined {
  const variables = substitutionsIn(text);
  if (variables.some((variable) => variable.default === undefined)) return undefined;
  return text.replace(/\$\{[A-Za-z_][A-Za-z0-9_]{0,159}:?-([^{}]{0,1000})\}/g, '$1').replaceAll('$$', '$');
}

const SUBSTITUTION =
  /^\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,159})(:?[-?+])?([^{}]{0,1000})\}|([A-Za-z_][A-Za-z0-9_]{0,159}))/;
