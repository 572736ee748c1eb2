import { create } from '@bufbuild/protobuf';
import { ExecRequestSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ExecRequest } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Invocation } from '../invocation.js';
import { forInstance } from './find-instance.js';
import { follow, requireTerminal, startOptions } from './remote-command.js';
import type { CommandOptions } from './remote-command.js';

interface Command {
  readonly id: string;
  readonly command: readonly string[];
}

/** `instances exec`. */
export async function execInInstance(
  call: Invocation,
  { id, command }: Command,
  options: CommandOptions,
): Promise<void> {
  requireTerminal(call, options);
  // Found first, because stdin can be handed on but once.
  const { fleet } = await call.connect();
  const found = await forInstance(call, id, (one) => fleet.getInstance({ id: one }, call.callOptions));
  const exec = fleet.exec({ ...call.callOptions });
  const send = (message: ExecRequest['message']) => exec.requests.write(create(ExecRequestSchema, { message }));
  const instance = found.instance?.id ?? id;
  const value = { $typeName: 'headframe.v1.ExecStart' as const, instance, command: [...command] };
  await send({ case: 'start', value: { ...value, ...startOptions(call, options) } });
  await follow(call, { send, responses: exec.responses, cancel: () => exec.cancel() }, options);
}
