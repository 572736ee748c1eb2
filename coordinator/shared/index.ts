export { openShared } from './open-shared.js';
