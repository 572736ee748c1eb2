/** What the seed gives a miner that says nothing else. */
export const SEED_LIMITS = { cpu_cores: 2, memory_mb: 512, storage_gb: 5 } as const;
