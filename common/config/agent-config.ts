import { z } from 'zod';
import { bytesField, cpuField, durationField } from '../model/schema/amounts.js';
import { strictObject } from '../model/schema/index.js';
import { addressField, integerField, labelPairsField, listField, logField } from './fields.js';

const MIB = 2 ** 20;
const TIB = 2 ** 40;
const cpu = cpuField({ min: 0, max: 4_096_000 });
const memory = bytesField({ min: 0, max: 64 * TIB });
const disk = bytesField({ min: 0, max: 1_024 * TIB });
const gpus = integerField({ min: 0, max: 1_024 });
const port = integerField({ min: 1_024, max: 65_535 });

/** Configuration of an agent. */
export const agentConfigSchema = strictObject({
  coordinator: addressField.default('127.0.0.1:7700').describe('Address of the coordinator'),
  hostId: z
    .string()
    .regex(/^([a-z0-9][a-z0-9-]{0,62})?$/, '1-63 characters of a-z, 0-9 and -')
    .default('')
    .describe('Id of this host, taken at the first start only; drawn when empty'),
  hostName: z.string().max(253).default('').describe("Name shown to people; the machine's own when empty"),
  dataDir: z.string().min(1).default('/var/lib/headframe/agent').describe("Folder of the agent's state"),
  runtime: z
    .enum(['docker', 'process'])
    .default('docker')
    .describe('What runs instances; process does not wall them off from the host'),
  docker: z.string().default('').describe('Socket path or address of the engine; empty means /var/run/docker.sock'),
  labels: labelPairsField.default({}).describe('Labels of this host'),
  capacity: strictObject({
    cpu: cpu.optional().describe('CPUs to offer instead of all'),
    memory: memory.optional().describe('Memory to offer instead of all'),
    disk: disk.optional().describe('Disk to offer instead of what is free'),
    gpus: gpus.optional().describe('GPUs to offer instead of all'),
  }).prefault({}),
  reserved: strictObject({
    cpu: cpu.default(200).describe('CPUs kept for the system'),
    memory: memory.default(256 * MIB).describe('Memory kept for the system'),
    disk: disk.default(1_024 * MIB).describe('Disk kept for the system'),
  }).prefault({}),
  ports: strictObject({
    start: port.default(20_000).describe('First port of the managed range'),
    end: port.default(29_999).describe('Last port of the managed range'),
  })
    .prefault({})
    .refine(({ start, end }) => start <= end, 'a range that does not end before it begins'),
  allowedHostPaths: listField.default([]).describe('Folders of the host that miners may mount'),
  startConcurrency: integerField({ min: 1, max: 256 })
    .optional()
    .describe('Containers started at once; twice the CPUs when not set'),
  usagePeriod: durationField({ min: 1_000, max: 3_600_000 })
    .optional()
    .describe("Period of usage reports; the coordinator's when not set"),
  metrics: addressField.optional().describe('Address for Prometheus, e.g. 127.0.0.1:7711; none when not set'),
  log: logField,
});

/** A checked configuration of an agent. */
export type AgentConfig = z.output<typeof agentConfigSchema>;
