import { z } from 'zod';
import { OutputStream } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { strictObject } from '../../../common/model/schema/index.js';
import { checked, ok } from '../route.js';
import type { Exchange, Route } from '../route.js';
import { instanceOn } from './deploy.js';
import { vmAsked } from './vm-routes.js';
import { vmIdSchema } from './wishes.js';

const { exec } = FleetService.method;

/** Of each stream, in bytes. */
const MOST_OUTPUT = 64 * 1024;
const UNHEEDED = 'Taken, and of no effect: it runs in the container of what is deployed, as its user.';

const commandSchema = strictObject({
  command: z
    .string()
    .min(1)
    .max(8_192)
    .refine((text) => !text.includes('\0'), 'a command without NUL characters')
    .describe('Run by sh in the container of what is deployed.'),
  timeout_seconds: z.number().min(1).max(600).prefault(60),
  key_path: z.string().max(1_024).optional().describe(UNHEEDED),
  username: z.string().max(1_024).optional().describe(UNHEEDED),
});

const doneSchema = z.object({
  exit_code: z.int().describe('Of the command itself.'),
  stdout: z.string(),
  stderr: z.string(),
  truncated: z.boolean().describe('Whether there was more than 64 KiB of either.'),
});

/** Runs commands in what is deployed on a VM. */
export function execRoute(prefix: string): Route {
  return {
    ...{ verb: 'POST', path: `${prefix}/vms/:id/exec`, method: exec },
    about: {
      summary: 'Runs a command in the container of what is deployed on a VM',
      params: vmIdSchema,
      body: commandSchema,
      reply: { schema: doneSchema },
    },
    answer: async (exchange) => {
      const { command, timeout_seconds: seconds } = checked(commandSchema, exchange.body ?? {});
      const { id } = await instanceOn(exchange, await vmAsked(exchange));
      return ok(await ran(exchange, id, command, seconds * 1_000));
    },
  };
}

async function ran(
  { talk }: Exchange,
  instance: string,
  command: string,
  timeoutMs: number,
): Promise<z.output<typeof doneSchema>> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const wish = { message: { case: 'start' as const, value: { instance, command: ['sh', '-c', command] } } };
  let exitCode: number | undefined;
  // To its end: one that is left is recorded as cancelled.
  for await (const { message } of talk(exec, one(wish), { timeoutMs })) {
    if (message.case === 'data')
      (message.value.stream === OutputStream.STDERR ? stderr : stdout).add(message.value.data);
    else if (message.case === 'exitCode') exitCode = message.value;
  }
  if (exitCode === undefined) throw new Error('a command has ended without its exit code');
  const truncated = stdout.isCut || stderr.isCut;
  return { exit_code: exitCode, stdout: stdout.text(), stderr: stderr.text(), truncated };
}

/** The beginning of what a stream says. */
class Kept {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  get isCut(): boolean {
    return this.#bytes > MOST_OUTPUT;
  }

  add(piece: Uint8Array): void {
    const room = Math.max(0, MOST_OUTPUT - this.#bytes);
    if (room > 0) this.#pieces.push(piece.subarray(0, room));
    this.#bytes += piece.length;
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value;
}
