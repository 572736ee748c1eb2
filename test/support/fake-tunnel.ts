import { create } from '@bufbuild/protobuf';
import { OutputStream, TunnelRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { AgentService, TunnelOrder, TunnelRequest } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { BidiCall, Client } from '../../common/rpc/index.js';

type Call = BidiCall<typeof AgentService.method.tunnel.input, typeof AgentService.method.tunnel.output>;

/**
 * Serves one tunnel: logs are three lines, with `follow` a fourth and then silence until the other side goes; a command
 * echoes its input and ends with code 7, except `missing`, which fails.
 */
export async function serveFakeTunnel(
  client: Client<typeof AgentService>,
  hostId: string,
  { tunnelId, purpose }: TunnelOrder,
): Promise<void> {
  const call = client.tunnel();
  await send(call, { case: 'hello', value: { $typeName: 'headframe.v1.TunnelHello', tunnelId, hostId } });
  if (purpose.case === 'logs') await serveLogs(call, purpose.value.follow);
  else if (purpose.case === 'exec') await serveExec(call, purpose.value.command);
  call.requests.end();
  // Waits for the end of the call; there is nothing more to be told.
  for await (const { message } of call.responses) if (message.case === undefined) break;
}

async function serveLogs(call: Call, follow: boolean): Promise<void> {
  for (const line of ['one\n', 'two\n', 'three\n']) await sendData(call, Buffer.from(line));
  if (!follow) {
    await sendExit(call, 0);
    return;
  }
  await sendData(call, Buffer.from('four\n'));
  await new Promise<void>((resolve) =>
    call.requests.onEnd(() => {
      resolve();
    }),
  );
}

async function serveExec(call: Call, command: readonly string[]): Promise<void> {
  if (command[0] === 'missing') {
    const value = { $typeName: 'headframe.v1.TunnelFailure' as const, reason: 'command_not_found', text: 'no such' };
    await send(call, { case: 'failure', value });
    return;
  }
  // Not `for await`: leaving that early would cancel the call before the exit code is sent.
  const responses = call.responses[Symbol.asyncIterator]();
  for (let next = await responses.next(); next.done !== true; next = await responses.next()) {
    const { message } = next.value;
    if (message.case === 'stdin') await sendData(call, message.value);
    else if (message.case === 'stdinEnd') break;
  }
  await sendExit(call, 7);
}

async function sendData(call: Call, data: Uint8Array): Promise<void> {
  await send(call, {
    case: 'data',
    value: { $typeName: 'headframe.v1.StreamData', stream: OutputStream.STDOUT, data },
  });
}

async function sendExit(call: Call, code: number): Promise<void> {
  await send(call, { case: 'exit', value: { $typeName: 'headframe.v1.TunnelExit', code } });
}

async function send(call: Call, message: TunnelRequest['message']): Promise<void> {
  await call.requests.write(create(TunnelRequestSchema, { message }));
}
