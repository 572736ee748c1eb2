import type { B } from '../../coordinator/zz/b.js'; import { expect } from 'chai'; import Docker from 'dockerode'; export const a = (b: B) => [expect, Docker, b];
