import { testImage } from './docker.js';

/** A manifest's fields, as far as a test gives them. */
export interface ManifestParts {
  readonly name: string;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A manifest of a small miner that sleeps and ends at once when told to; a test states what it is about. */
export function manifestOf({ container, resources, ...parts }: ManifestParts): string {
  return JSON.stringify({
    kind: 'container',
    pullPolicy: 'never',
    stopGrace: '2s',
    ...parts,
    container: { image: testImage, command: ['sleep', '100000'], network: 'none', ...container },
    resources: { cpu: '100m', memory: '16MiB', disk: '1MiB', ...resources },
  });
}

/** A container that runs this shell script. */
export function script(line: string): { command: string[]; args: string[] } {
  return { command: ['sh', '-c'], args: [line] };
}
