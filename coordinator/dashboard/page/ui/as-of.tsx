import { useDesk } from '../desk.js';
import { ago } from '../state/format.js';

/** What is older than this is marked, in milliseconds. */
const OLD_MS = 60_000;

/** How old an answer is that does not come by itself. */
export function AsOf({ atMs }: { readonly atMs: number }) {
  const { clock } = useDesk();
  if (atMs === 0) return <span class="muted">Reading …</span>;
  const ageMs = clock.value - atMs;
  return (
    <span class={ageMs > OLD_MS ? 'as-of old' : 'as-of muted'}>as of {ago(atMs, Math.max(clock.value, atMs))}</span>
  );
}
