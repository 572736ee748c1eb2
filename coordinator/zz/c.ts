import type { B } from './b.js'; export interface C { b: B }
