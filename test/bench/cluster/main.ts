import { runPlain } from '../plain/run-plain.js';

await runPlain(new URL('./run.ts', import.meta.url));
