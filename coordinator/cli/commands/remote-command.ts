import { OutputStream } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import type { ExecRequest, ExecResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Invocation } from '../invocation.js';
import { usageError } from '../usage-error.js';
import { write } from '../world.js';

/** How a command is to be run. */
export interface CommandOptions {
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

/** A command that was started somewhere in the fleet. */
export interface RemoteCommand {
  send(input: CommandInput): Promise<unknown>;
  readonly responses: AsyncIterable<Pick<ExecResponse, 'message'>>;
  cancel(): void;
}

/** What goes on to it. */
export type CommandInput = Exclude<ExecRequest['message'], { case: 'start' | undefined }>;

/** Throws a usage error where a terminal is asked for and none is there. */
export function requireTerminal({ world: { stdin, stdout } }: Invocation, { tty }: CommandOptions): void {
  if (tty === true && (stdin.isTTY !== true || stdout.isTTY !== true))
    throw usageError('no_terminal', '--tty needs a terminal here', 'Leave -t out where there is none.');
}

/** What a start says besides its command and where that is to run. */
export function startOptions({ world }: Invocation, { stdin = false, tty = false }: CommandOptions) {
  const { columns = 80, rows = 24 } = world.stdout;
  return { tty, stdin, ...(tty ? { columns, rows } : { columns: 0, rows: 0 }) };
}

/** Hands stdin on, prints what comes, and has the program end with the exit code of the command. */
export async function follow(call: Invocation, command: RemoteCommand, options: CommandOptions): Promise<void> {
  const detach = attach(call, command, options);
  try {
    call.exitCode = await printOutput(call, command.responses);
  } finally {
    detach();
    command.cancel();
  }
}

async function printOutput({ world }: Invocation, responses: RemoteCommand['responses']): Promise<number> {
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
function attach({ world }: Invocation, command: RemoteCommand, { stdin = false, tty = false }: CommandOptions) {
  const undo: (() => void)[] = [];
  if (stdin) undo.push(attachStdin(world.stdin, command, tty));
  if (tty) {
    const resize = (): void => {
      const { columns = 80, rows = 24 } = world.stdout;
      const value = { $typeName: 'headframe.v1.TerminalSize' as const, columns, rows };
      quietly(command.send({ case: 'resize', value }));
    };
    world.stdout.on('resize', resize);
    undo.push(() => world.stdout.off('resize', resize));
  }
  return (): void => undo.forEach((step) => step());
}

function attachStdin(stdin: Invocation['world']['stdin'], command: RemoteCommand, raw: boolean): () => void {
  const onData = (data: Buffer | string): void => {
    stdin.pause();
    const value = typeof data === 'string' ? Buffer.from(data) : data;
    quietly(command.send({ case: 'stdin', value }).then(() => stdin.resume()));
  };
  const onEnd = (): void => quietly(command.send({ case: 'stdinEnd', value: true }));
  if (raw) stdin.setRawMode?.(true);
  stdin.on('data', onData).on('end', onEnd);
  return () => {
    stdin.off('data', onData).off('end', onEnd);
    if (raw) stdin.setRawMode?.(false);
    stdin.pause();
  };
}

// What cannot be sent any more is told by the responses, which end with the reason.
function quietly(sending: Promise<unknown>): void {
  sending.catch(() => undefined);
}
