export { buildImage } from './build.js';
export type {
  BuildInput,
  BuildLimits,
  BuildMessage,
  BuilderName,
  EngineBuilders,
  ImageEngine,
  LayerProgress,
} from './image-engine.js';
export { BUILT_LABEL, NotingImageEngine } from './noting-engine.js';
export type { ImageBroughtListener } from './noting-engine.js';
export { ImagePuller } from './puller.js';
export { Flights } from './flights.js';
export type { ProgressListener, Underway } from './flights.js';
export { familiarName } from './reference.js';
export { readCredentials } from './registry-credentials.js';
export type { RegistryCredentials } from './registry-credentials.js';
