import { containerKind } from '../../container/index.js';
import type { MinerKind } from '../../miner-kind.js';

/** Miners of a module: what was made of it when they were applied is what instances run, and their hosts build its image. */
export const moduleKind: MinerKind = {
  kind: 'module',
  resolve: (spec, identity) => {
    const build = spec.module?.build;
    return { ...containerKind.resolve(spec, identity), ...(build === undefined ? {} : { build }) };
  },
};
