import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useAsked } from '../asked.js';
import { useDesk } from '../desk.js';
import { buildShown } from '../state/builds.js';
import { bytes } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { isOver } from '../state/standing.js';
import type { InstanceJson } from '../state/wire.js';
import { Strip } from './bar.js';
import { Card } from './card.js';
import { Logs } from './logs.js';
import { Tag } from './tag.js';

/** How far a pull or a build is. */
interface ProgressJson {
  readonly activity: string;
  readonly doneBytes: string;
  readonly totalBytes: string;
  readonly text: string;
}

const EVERY_MS = 500;
/** While a build tells of itself. */
const SELDOM_MS = 5_000;
const TITLES: Readonly<Record<string, string>> = { pull: 'Pulling its image', build: 'Building its image' };

/** What comes of an image: how far a pull is, what a build says as it says it, and what one has said that failed. */
export function Builds({ instances }: { readonly instances: readonly InstanceJson[] }) {
  const shown = buildShown(instances);
  if (shown === undefined) return null;
  // One that fails goes on being shown where it was.
  return <Build key={shown.id} id={shown.id} isFailed={isOver(shown)} />;
}

function Build({ id, isFailed }: { readonly id: string; readonly isFailed: boolean }) {
  const mayRead = useDesk().whyNot('FleetService/StreamLogs') === undefined;
  const isTold = useSignal(isFailed && mayRead);
  const { value } = useAsked<{ readonly progress?: ProgressJson }>(
    `/v1/instances/${encodeURIComponent(id)}`,
    isTold.value ? SELDOM_MS : EVERY_MS,
  );
  const progress = value?.progress;
  const isBuilt = progress?.activity === 'build' && mayRead;
  useEffect(() => {
    if (isBuilt) isTold.value = true;
  }, [isBuilt]);
  if (isTold.value)
    return (
      <Card
        title={isFailed ? 'What its build said' : 'Building its image'}
        aside={<Whose id={id} isFailed={isFailed} />}
      >
        <Logs topic={`build/${id}`} name="What the build says" isAwaited={!isFailed} />
      </Card>
    );
  return progress === undefined || progress.activity === '' ? null : <Progress progress={progress} />;
}

function Whose({ id, isFailed }: { readonly id: string; readonly isFailed: boolean }) {
  return (
    <span>
      <a href={hrefOf('instances', id)}>{id}</a> {isFailed && <Tag word="failed" tone="bad" />}
    </span>
  );
}

/** How far it is, and the last that was said. */
function Progress({ progress: { activity, doneBytes, totalBytes, text } }: { readonly progress: ProgressJson }) {
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
      {text !== '' && <p class="said">{text}</p>}
    </Card>
  );
}
