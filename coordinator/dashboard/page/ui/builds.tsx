import { useAsked } from '../asked.js';
import type { InstanceJson } from '../state/wire.js';
import { Progress } from './progress.js';
import type { ProgressJson } from './progress.js';

const EVERY_MS = 500;

/** How far the first instance is that is being prepared, as its image is pulled or built. */
export function Builds({ instances }: { readonly instances: readonly InstanceJson[] }) {
  const busy = instances.find(({ state }) => state === 'INSTANCE_STATE_PREPARING');
  return busy === undefined ? null : <Build key={busy.id} id={busy.id} />;
}

function Build({ id }: { readonly id: string }) {
  const { value } = useAsked<{ readonly progress?: ProgressJson }>(`/v1/instances/${encodeURIComponent(id)}`, EVERY_MS);
  return <Progress progress={value?.progress} />;
}
