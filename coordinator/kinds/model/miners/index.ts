export { modelKind } from './model-kind.js';
export { ModelMiners } from './model-miners.js';
