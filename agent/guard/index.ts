export { readGuardGround, whyUnguarded } from './can-guard.js';
export { Guarding } from './guarding.js';
