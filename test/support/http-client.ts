import { Agent, request } from 'node:https';

/** What a gateway answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Of a JSON answer. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** One request over HTTPS. */
export interface HttpAsk {
  readonly verb?: string;
  readonly token?: string | undefined;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer may take; default five seconds. */
  readonly timeoutMs?: number;
}

/** Makes requests of a gateway at `host:port`, whose certificate must be of these authorities; paths go as they are. */
export function httpClient(address: string, authorities: Buffer) {
  const agent = new Agent({ keepAlive: true, maxSockets: 10, ca: authorities });
  return (
    path: string,
    { verb = 'GET', token, body, headers = {}, timeoutMs: timeout = 5_000 }: HttpAsk = {},
  ): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const [host = '', port = ''] = address.split(':');
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const all = { ...authorization, ...type, ...headers };
      const asked = request({ host, port, path, method: verb, headers: all, agent, timeout }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          // Whatever is expected of it is for the test to say.
          const json = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      });
      asked.on('error', reject);
      asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
      asked.end(body);
    });
}
