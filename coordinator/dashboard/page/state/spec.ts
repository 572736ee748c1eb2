import type { ContainerJson, ModelJson, SpecJson } from './wire.js';

/** What of a miner runs as a container, whatever its kind; undefined for one that runs none. Pure. */
export function containerOf({ container, module, lease, model }: SpecJson): ContainerJson | undefined {
  return container ?? module?.container ?? lease?.container ?? model?.container;
}

/** Where the Dockerfile of a model comes from, in words. Pure. */
export function sourceOf({ upload, url, git }: ModelJson): string {
  if (upload !== undefined) return `upload ${upload}`;
  if (url !== undefined) return url.url;
  return git === undefined ? 'a Dockerfile in its manifest' : `${git.url} at ${git.commit}`;
}
