import { create } from '@bufbuild/protobuf';
import { OutputStream } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { ExecRequestSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ExecRequest, ExecResponse, FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { BidiCall } from '../../../common/rpc/index.js';
import type { Invocation } from '../invocation.js';
import { usageError } from '../usage-error.js';
import { write } from '../world.js';
import { forInstance } from './find-instance.js';

type ExecCall = BidiCall<typeof FleetService.method.exec.input, typeof FleetService.method.exec.output>;

/** Options of `instances exec`. */
export interface ExecOptions {
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

interface Command {
  readonly id: string;
  readonly command: readonly string[];
}

/** `instances exec`. */
export async function execInInstance(call: Invocation, { id, command }: Command, options: ExecOptions): Promise<void> {
  const { stdin, stdout } = call.world;
  if (options.tty === true && (stdin.isTTY !== true || stdout.isTTY !== true)) {
    throw usageError('no_terminal', '--tty needs a terminal here', 'Leave -t out where there is none.');
  }
  // Found first, because stdin can be handed on but once.
  const { fleet } = await call.connect();
  const found = await forInstance(call, id, (one) => fleet.getInstance({ id: one }, call.callOptions));
  const exec = fleet.exec({ ...call.callOptions });
  await send(exec, { case: 'start', value: startOf(call, { id: found.instance?.id ?? id, command }, options) });
  const detach = attach(call, exec, options);
  try {
    call.exitCode = await printOutput(call, exec.responses);
  } finally {
    detach();
    exec.cancel();
  }
}

function startOf(call: Invocation, { id, command }: Command, options: ExecOptions) {
  const { stdin = false, tty = false } = options;
  const { columns = 80, rows = 24 } = call.world.stdout;
  const size = tty ? { columns, rows } : { columns: 0, rows: 0 };
  return { $typeName: 'headframe.v1.ExecStart' as const, instance: id, command: [...command], tty, stdin, ...size };
}

async function printOutput({ world }: Invocation, responses: AsyncIterable<ExecResponse>): Promise<number> {
  for await (const { message } of responses) {
    if (message.case === 'exitCode') return message.value;
    if (message.case !== 'data') continue;
    const { stream, data } = message.value;
    await write(stream === OutputStream.STDERR ? world.stderr : world.stdout, data);
  }
  throw new HeadframeError({
    code: 'unavailable',
    reason: 'exec_cut',
    message: 'the connection ended before the command told its exit code',
  });
}

/** Hands on stdin and the terminal's size; the answer gives the terminal back. */
function attach({ world }: Invocation, exec: ExecCall, { stdin = false, tty = false }: ExecOptions): () => void {
  const undo: (() => void)[] = [];
  if (stdin) undo.push(attachStdin(world.stdin, exec, tty));
  if (tty) {
    const resize = (): void => {
      const { columns = 80, rows = 24 } = world.stdout;
      const value = { $typeName: 'headframe.v1.TerminalSize' as const, columns, rows };
      quietly(send(exec, { case: 'resize', value }));
    };
    world.stdout.on('resize', resize);
    undo.push(() => world.stdout.off('resize', resize));
  }
  return () => undo.forEach((step) => step());
}

function attachStdin(stdin: Invocation['world']['stdin'], exec: ExecCall, raw: boolean): () => void {
  const onData = (data: Buffer | string): void => {
    stdin.pause();
    const value = typeof data === 'string' ? Buffer.from(data) : data;
    quietly(send(exec, { case: 'stdin', value }).then(() => stdin.resume()));
  };
  const onEnd = (): void => quietly(send(exec, { case: 'stdinEnd', value: true }));
  if (raw) stdin.setRawMode?.(true);
  stdin.on('data', onData).on('end', onEnd);
  return () => {
    stdin.off('data', onData).off('end', onEnd);
    if (raw) stdin.setRawMode?.(false);
    stdin.pause();
  };
}

async function send(exec: ExecCall, message: ExecRequest['message']): Promise<void> {
  await exec.requests.write(create(ExecRequestSchema, { message }));
}

// What cannot be sent any more is told by the responses, which end with the reason.
function quietly(sending: Promise<unknown>): void {
  sending.catch(() => undefined);
}
