import { z } from 'zod';
import { bytesField, durationField } from '../model/schema/amounts.js';
import { strictObject } from '../model/schema/index.js';
import { addressField, booleanField, logField } from './fields.js';

const MIB = 2 ** 20;

/** Configuration of a coordinator. */
export const coordinatorConfigSchema = strictObject({
  listen: addressField.default('127.0.0.1:7700').describe('Address for agents and clients'),
  insecure: booleanField.default(false).describe('Allow plaintext on an address other than loopback'),
  dataDir: z.string().min(1).default('/var/lib/headframe/coordinator').describe('Folder of the store'),
  nats: strictObject({
    url: z
      .string()
      .default('')
      .describe('NATS servers for metrics and events, e.g. nats://127.0.0.1:4222; none when empty'),
  }).prefault({}),
  metrics: addressField.optional().describe('Address for Prometheus, e.g. 127.0.0.1:7701; none when not set'),
  heartbeatPeriod: durationField({ min: 100, max: 60_000 }).default(5_000).describe("Period of the agents' heartbeats"),
  leaseLength: durationField({ min: 1_000, max: 3_600_000 })
    .default(30_000)
    .describe('Time without a heartbeat after which a host is lost; at least three heartbeats'),
  usagePeriod: durationField({ min: 1_000, max: 3_600_000 })
    .default(10_000)
    .describe("Period of the agents' usage reports"),
  maxMessage: bytesField({ min: 64 * 1024, max: 256 * MIB })
    .default(16 * MIB)
    .describe('Largest gRPC message'),
  log: logField,
}).refine(({ heartbeatPeriod, leaseLength }) => leaseLength >= 3 * heartbeatPeriod, {
  path: ['leaseLength'],
  message: 'at least three times heartbeatPeriod',
});

/** A checked configuration of a coordinator. */
export type CoordinatorConfig = z.output<typeof coordinatorConfigSchema>;
