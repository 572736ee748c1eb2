// A proxy with nothing to it: Node's own server and client, with connections that stay open. Arguments: port of the model.
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const server = createServer((asked, answer) => {
  const onward = request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/api/chat', headers: asked.headers });
  onward.on('response', (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  asked.pipe(onward);
});
server.listen(0, '127.0.0.1', () => {
  // A server that listens has an address with a port.
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
