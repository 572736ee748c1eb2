export { buildImage } from './build.js';
export type { BuildRequest } from './build.js';
export type { BuildInput, BuildMessage, ImageEngine, LayerProgress } from './image-engine.js';
export { ImagePuller } from './puller.js';
export type { ProgressListener, PullerOptions } from './puller.js';
