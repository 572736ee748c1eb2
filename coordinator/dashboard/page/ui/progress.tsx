import { useEffect, useRef } from 'preact/hooks';
import { BuildBook } from '../state/build-book.js';
import { bytes } from '../state/format.js';
import { Card } from './card.js';
import { Strip } from './bar.js';

/** How far a pull or a build is. */
export interface ProgressJson {
  readonly activity: string;
  readonly doneBytes: string;
  readonly totalBytes: string;
  readonly text: string;
}

const TITLES: Readonly<Record<string, string>> = { pull: 'Pulling its image', build: 'Building its image' };

/** How far an instance is on its way, and what its build says; nothing where nothing is told. */
export function Progress({ progress }: { readonly progress: ProgressJson | undefined }) {
  const book = useRef(new BuildBook());
  const box = useRef<HTMLPreElement>(null);
  book.current.take(progress?.text ?? '');
  const { lines } = book.current;
  useEffect(() => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  if (progress === undefined || progress.activity === '') return null;
  const { activity, doneBytes, totalBytes } = progress;
  const [done, total] = [Number(doneBytes), Number(totalBytes)];
  return (
    <Card title={TITLES[activity] ?? activity}>
      {total > 0 && (
        <p class="meter">
          <Strip label={`${bytes(done)} of ${bytes(total)}`} whole={total} parts={[{ look: 'busy', value: done }]} />
          <span class="meter-text">
            {bytes(done)} of {bytes(total)}
          </span>
        </p>
      )}
      {lines.length > 0 && (
        <pre class="build" role="log" aria-label="What the build says" tabIndex={0} ref={box}>
          {lines.join('\n')}
        </pre>
      )}
    </Card>
  );
}
