import type { ComponentChildren } from 'preact';

/** A part of a bar. */
export interface BarPart {
  /** `used`, `given`, or the tone of a standing. */
  readonly look: string;
  readonly value: number;
}

/** What a bar says. */
interface BarProps {
  readonly name: string;
  readonly whole: number;
  readonly parts: readonly BarPart[];
  /** What it says in words, for those who do not see it, and beside it. */
  readonly text: string;
  readonly children?: ComponentChildren;
}

/** Parts of a whole, beside each other; more than the whole fills it. */
export function Bar({ name, whole, parts, text, children }: BarProps) {
  return (
    <div class="bar-row">
      <span class="bar-name">{name}</span>
      <Strip label={`${name}: ${text}`} whole={whole} parts={parts} />
      <span class="bar-text">{children ?? text}</span>
    </div>
  );
}

/** The bar alone. */
export function Strip({ label, whole, parts }: { readonly label: string } & Pick<BarProps, 'whole' | 'parts'>) {
  const sum = parts.reduce((total, { value }) => total + value, 0);
  const all = Math.max(whole, sum);
  return (
    <span class="bar" role="img" aria-label={label}>
      {parts.map(({ look, value }) => (
        <span key={look} class={`bar-part bar-${look}`} style={{ width: `${all > 0 ? (value / all) * 100 : 0}%` }} />
      ))}
    </span>
  );
}

/** What a meter shows. */
interface MeterProps {
  readonly label: string;
  readonly part: number;
  readonly whole: number;
  /** Whether more is better, and not a warning. */
  readonly isGood?: boolean;
}

/** A part of a whole, small, for tables. */
export function Meter({ label, part, whole, isGood = false }: MeterProps) {
  const share = whole > 0 ? part / whole : 0;
  const text = whole > 0 ? `${String(Math.round(share * 100))} %` : '–';
  const look = isGood || share <= 0.85 ? 'used' : share > 0.95 ? 'bad' : 'warn';
  return (
    <span class="meter">
      <Strip label={`${label} ${text}`} whole={whole} parts={[{ look, value: part }]} />
      <span class="meter-text" aria-hidden="true">
        {text}
      </span>
    </span>
  );
}
