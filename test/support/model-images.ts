import type Docker from 'dockerode';

/** Removes what was built for a model's miner, but what another fleet on the same engine runs by the same name. */
export async function removeModelImages(docker: Docker, miner: string): Promise<void> {
  const images = await docker.listImages({ filters: { label: ['headframe.content'] } });
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  for (const tag of tags.filter((name) => name.startsWith(`headframe/model-${miner}:`)))
    await docker
      .getImage(tag)
      .remove()
      .catch((error: unknown) => {
        if (!isInUse(error)) throw error;
      });
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 409;
}
