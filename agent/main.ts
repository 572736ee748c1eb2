import { keepMemoryLean } from './lean-memory.js';

/** Runs `headframe agent …` and resolves with its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  // Before the rest is loaded, for loading is what makes a heap grow.
  keepMemoryLean();
  const { runAgentProgram } = await import('./program.js');
  return runAgentProgram(argv, { env: process.env, random: Math.random, nowMs: Date.now });
}
