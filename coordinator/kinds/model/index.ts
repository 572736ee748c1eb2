export { checkModel, modelUrl } from './check-model.js';
export type { ModelReport } from './check-model.js';
export type { Mark, Point } from './contract.js';
export { checkReplicas } from './check-replicas.js';
export type { ReplicaReport } from './check-replicas.js';
