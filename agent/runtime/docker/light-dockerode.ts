import Module, { createRequire } from 'node:module';
import type Dockerode from 'dockerode';

/**
 * What dockerode loads at once and needs only for engines behind SSH and for the sessions that it opens beside builds by
 * BuildKit, neither of which is asked for here: 16 MB of memory for good.
 */
const UNUSED: readonly { readonly name: string; readonly wantedBy: string; readonly exports: object }[] = [
  { name: 'ssh2', wantedBy: 'docker-modem', exports: { Client: undefined } },
  { name: '@grpc/proto-loader', wantedBy: 'dockerode', exports: {} },
];

/** dockerode without what is not used of it. */
export const Docker = loadDockerode();

/** A client of the engine. */
export type Docker = Dockerode;

/** Fills the cache of `require`, as https://nodejs.org/api/modules.html#requirecache allows, before dockerode looks there. */
function loadDockerode(): typeof Dockerode {
  const require = createRequire(import.meta.url);
  const dockerode = createRequire(require.resolve('dockerode'));
  const added: string[] = [];
  for (const { name, wantedBy, exports } of UNUSED) {
    const wanting = wantedBy === 'dockerode' ? dockerode : createRequire(dockerode.resolve(wantedBy));
    const path = wanting.resolve(name);
    if (require.cache[path] !== undefined) continue;
    require.cache[path] = emptyModule(path, exports);
    added.push(path);
  }
  try {
    return require('dockerode') as typeof Dockerode; // what its types say of its default export
  } finally {
    // Whoever else wants them gets the real ones.
    for (const path of added) Reflect.deleteProperty(require.cache, path);
  }
}

function emptyModule(path: string, exports: object): NodeJS.Module {
  const module = new Module(path);
  return Object.assign(module, { exports, loaded: true });
}
