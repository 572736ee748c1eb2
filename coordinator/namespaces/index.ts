export { applyNamespace, deleteNamespace, requireNamespace } from './namespaces.js';
