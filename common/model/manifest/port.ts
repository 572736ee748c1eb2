import { z } from 'zod';
import type { PortSpec } from '../miner.js';
import { strictObject } from '../schema/strict-object.js';
import { LIMITS } from './limits.js';

/** A port number. */
export const portNumber = z.int().min(1).max(65_535);

/** A port's name. */
export const portName = z
  .string()
  .max(32)
  .regex(/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/, 'a-z, 0-9 and "-", beginning with a letter and not ending with "-"');

const portField = strictObject({
  name: portName
    .optional()
    .describe('Names the port in listings and in HEADFRAME_PORT_<NAME>; without it <protocol>-<container port>.'),
  container: portNumber.optional().describe('Port the program listens at; `containerPort` means the same.'),
  containerPort: portNumber.optional().describe('The same as `container`, for those used to it.'),
  host: z
    .union([z.literal('auto'), portNumber])
    .prefault('auto')
    .describe("Fixed port of the host, or `auto` for a free one from the host's managed range."),
  protocol: z.enum(['tcp', 'udp']).prefault('tcp').describe('Protocol of the port.'),
}).transform((port, context): PortSpec => {
  const containerPort = port.container ?? port.containerPort;
  if (containerPort === undefined || (port.container !== undefined && port.containerPort !== undefined)) {
    context.addIssue({ code: 'custom', path: ['container'], message: 'one of container or containerPort' });
    return z.NEVER;
  }
  const name = port.name ?? defaultPortName(port.protocol, containerPort);
  return { name, containerPort, protocol: port.protocol, hostPort: port.host === 'auto' ? 0 : port.host };
});

/** Published ports; names are unique, and so are fixed ports of the host. */
export const portsField = z
  .array(portField)
  .max(LIMITS.ports)
  .superRefine((ports, context) => {
    refuseRepeated(
      ports.map((port) => port.name),
      (index) => {
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'a name no other port of the miner has',
          params: { remedy: 'Give each port a name of its own.' },
        });
      },
    );
    refuseRepeated(ports.map(fixedHostPort), (index) => {
      context.addIssue({
        code: 'custom',
        path: [index, 'host'],
        message: 'a host port no other port of the miner takes',
        params: { remedy: 'Choose another host port, or auto.' },
      });
    });
  });

/** The name of a port that was given none. */
export function defaultPortName(protocol: PortSpec['protocol'], containerPort: number): string {
  return `${protocol}-${containerPort}`;
}

function fixedHostPort(port: PortSpec): string | undefined {
  return port.hostPort === 0 ? undefined : `${port.protocol} ${port.hostPort}`;
}

function refuseRepeated(keys: readonly (string | undefined)[], refuse: (index: number) => void): void {
  keys.forEach((key, index) => {
    if (key !== undefined && keys.indexOf(key) < index) refuse(index);
  });
}
