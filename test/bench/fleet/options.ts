import { parseArgs } from 'node:util';

/** What a run of the benchmark is about. */
export interface FleetBenchOptions {
  readonly agents: number;
  readonly instances: number;
  readonly miners: number;
  /** Instances in each agent's usage report. */
  readonly usageInstances: number;
  /** Connections that each of the two simulator processes may have under way at once. */
  readonly dials: number;
  /** Seconds for which the steady state is measured. */
  readonly steadyS: number;
  /** Loses, drains and returns a tenth of the hosts each at the end. */
  readonly churn: boolean;
  /** Measures the same bytes without a coordinator first. */
  readonly floor: boolean;
  /** In clear instead of over mutual TLS. */
  readonly plaintext: boolean;
  /** Options of the coordinator's Node, such as --cpu-prof. */
  readonly nodeOptions: string;
  /** Length of the host lease in seconds; default 15, the shortest that heartbeats of five seconds allow. */
  readonly leaseS?: number;
}

/** Reads the command line. */
export function readOptions(): FleetBenchOptions {
  const { values } = parseArgs({
    options: {
      agents: { type: 'string', default: '10000' },
      instances: { type: 'string', default: '1000000' },
      miners: { type: 'string', default: '2000' },
      'usage-instances': { type: 'string', default: '10' },
      dials: { type: 'string', default: '100' },
      steady: { type: 'string', default: '30' },
      churn: { type: 'boolean', default: false },
      plaintext: { type: 'boolean', default: false },
      'no-floor': { type: 'boolean', default: false },
      'node-options': { type: 'string', default: '--max-semi-space-size=64' },
    },
  });
  return {
    agents: Number(values.agents),
    instances: Number(values.instances),
    miners: Number(values.miners),
    usageInstances: Number(values['usage-instances']),
    dials: Number(values.dials),
    steadyS: Number(values.steady),
    churn: values.churn,
    plaintext: values.plaintext,
    floor: !values['no-floor'],
    nodeOptions: values['node-options'],
  };
}
