import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeadframeError } from '../../common/model/error.js';
import { requestIdOf } from './caller.js';
import type { Gateway } from './gateway.js';
import { createHttpServer, listen } from './http-server.js';
import type { HttpServerParts } from './http-server.js';
import { problemHeaders, problemOf } from './problems.js';

/** What answers HTTP while another coordinator leads. */
export interface StandByGatewayParts extends HttpServerParts {
  readonly newId: () => string;
  /** Why nothing is answered. */
  readonly refusal: () => HeadframeError;
}

/** Serves HTTP by refusing every request with a problem that says who leads. Throws `HeadframeError` ('listen_failed'). */
export async function openStandByGateway(parts: StandByGatewayParts, where: string): Promise<Gateway> {
  const { server, forgetSource, dropAll } = createHttpServer(parts, (request, response) => {
    refuse(request, response, parts);
  });
  const address = await listen(server, where);
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        forgetSource();
        server.close(() => {
          resolve();
        });
        dropAll();
      }),
  };
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { newId, refusal }: Pick<StandByGatewayParts, 'newId' | 'refusal'>,
): void {
  const problem = problemOf(refusal(), requestIdOf(request, newId));
  // The next request may find that this coordinator leads, by another server.
  response.writeHead(problem.status, { ...problemHeaders(problem), 'cache-control': 'no-store', connection: 'close' });
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(problem));
}
