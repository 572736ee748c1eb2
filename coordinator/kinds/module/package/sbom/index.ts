export { billOf } from './bill-of-materials.js';
