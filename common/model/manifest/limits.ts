/** Bounds of a manifest. Amounts are in the units of MinerSpec; those of time fit 32 bits of milliseconds. */
export const LIMITS = {
  /** Characters of a miner's name: a DNS label. */
  name: 63,
  replicas: 1_000_000,
  image: 512,
  envEntries: 500,
  commandEntries: 256,
  /** Characters of one argument, environment value or probe argument. */
  text: 32 * 1024,
  /** Characters of environment, command and arguments together: they share the kernel's 2 MiB for a new process. */
  allText: 256 * 1024,
  path: 1024,
  ports: 64,
  mounts: 64,
  devices: 32,
  secrets: 32,
  constraints: 32,
  affinities: 32,
  constraintValues: 64,
  constraintValue: 253,
  identity: 128,
  /** Docker's own minimum is 0.01 CPU. */
  cpuMillis: { min: 10, max: 1_024_000 },
  /** Docker's own minimum is 6 MiB. */
  memoryBytes: { min: 6 * 2 ** 20, max: 2 ** 50 },
  diskBytes: { min: 2 ** 20, max: 2 ** 50 },
  tmpfsBytes: { min: 4096, max: 2 ** 50 },
  gpus: 64,
  /** The kernel's own maximum of pid_max. */
  pids: 4_194_304,
  stopGraceMs: { min: 0, max: 86_400_000 },
  healthStartMs: { min: 0, max: 86_400_000 },
  healthIntervalMs: { min: 100, max: 3_600_000 },
  healthTimeoutMs: { min: 100, max: 600_000 },
  healthRetries: 100,
  restartAttempts: 1_000_000,
  restartWindowMs: { min: 1000, max: 7 * 86_400_000 },
  minHealthyMs: { min: 0, max: 86_400_000 },
  progressDeadlineMs: { min: 0, max: 7 * 86_400_000 },
  retryFailures: 100,
  retryWindowMs: { min: 1000, max: 7 * 86_400_000 },
  scaleMetrics: 8,
  /** Characters of a metric's name or of the path of a value. */
  valuePath: 128,
  metricPath: 256,
  /** Characters of a NATS subject. */
  subject: 200,
  metricAgeMs: { min: 1000, max: 86_400_000 },
  scaleWindowMs: { min: 0, max: 3_600_000 },
  scaleLatencyMs: { min: 1, max: 3_600_000 },
  scalePeriodMs: { min: 1000, max: 3_600_000 },
  restartBackoffMs: { min: 10, max: 3_600_000 },
} as const;
