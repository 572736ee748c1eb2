// A model that answers at once.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const reply = JSON.stringify({ response: 'x'.repeat(160), model: 'quick', timestamp: new Date().toISOString() });
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(reply) };

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume().once('end', () => response.writeHead(200, headers).end(reply));
});
server.listen(0, '127.0.0.1', () => {
  // A server that listens has an address with a port.
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
