export { checkModel, modelUrl } from './check-model.js';
export type { ModelReport } from './check-model.js';
export type { Mark, Point } from './contract.js';
export { checkReplicas } from './check-replicas.js';
export type { ReplicaReport } from './check-replicas.js';
export { modelKind } from './miners/index.js';
export type { ModelMiners } from './miners/index.js';
export { openModels } from './open-models.js';
export type { ModelContents } from './source/index.js';
