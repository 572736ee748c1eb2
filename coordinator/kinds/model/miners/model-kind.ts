import { containerKind } from '../../container/index.js';
import type { MinerKind } from '../../miner-kind.js';

/** Miners of a model: what was made of it when they were applied is what instances run, and their hosts build its image. */
export const modelKind: MinerKind = {
  kind: 'model',
  resolve: (spec, identity) => {
    const build = spec.model?.build;
    return { ...containerKind.resolve(spec, identity), ...(build === undefined ? {} : { build }) };
  },
};
