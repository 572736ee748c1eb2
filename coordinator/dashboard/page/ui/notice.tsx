import type { ComponentChildren } from 'preact';
import type { Problem } from '../state/problem.js';
import type { Tone } from '../state/standing.js';

/** Something that has to be read. */
export function Notice({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

/** Why something was not done, and what to do about it; nothing without a problem. */
export function ProblemNote({ problem }: { readonly problem: Problem | undefined }) {
  if (problem === undefined) return null;
  const { detail, remedy, reason, violations = [] } = problem;
  return (
    <Notice tone="bad">
      <p>
        <strong>{detail}</strong> {reason !== '' && <code>{reason}</code>}
      </p>
      {violations.length > 1 && (
        <ul>
          {violations.map(({ path, expected }) => (
            <li key={path}>
              <code>{path}</code>: expected {expected}
            </li>
          ))}
        </ul>
      )}
      {remedy !== undefined && remedy !== '' && <p>{remedy}</p>}
    </Notice>
  );
}
