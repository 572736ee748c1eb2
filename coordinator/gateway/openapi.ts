import { z } from 'zod';
import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import { methodPath } from '../../common/rpc/index.js';
import { ok } from './route.js';
import type { AnyRoute, Operation, Route, RouteAbout } from './route.js';

/** Where the document is served; whoever is known may read it. */
const PATH = '/openapi.json';
const VERSION = '3.1.0';

const IF_MATCH = {
  ...{ name: 'If-Match', in: 'header', schema: { type: 'string' } },
  description: 'ETag or revision that the thing must still have; else 412.',
};
const IDEMPOTENCY_KEY = {
  ...{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string', minLength: 8, maxLength: 128 } },
  description: "Of the client's making: a repetition under the same key does nothing and is answered alike.",
};

const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('For people.'),
  code: z.string().describe('Code of gRPC.'),
  reason: z.string().describe('Stable: what programs branch on.'),
  remedy: z.string().optional(),
  violations: z.array(z.object({ path: z.string(), expected: z.string() })).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  request: z.string().describe('Id of the request, as the log and the audit have it.'),
});

/** Schemas by name that operations refer to. */
type Schemas = Readonly<Record<string, object>>;

/** A route that tells of all others, as OpenAPI 3.1 has it. */
export function openApiRoute(routes: readonly AnyRoute[], version: string, schemas: Schemas = {}): Route {
  const own: Route = {
    ...{ verb: 'GET', path: PATH, method: AccessService.method.whoAmI },
    about: { summary: 'This document', reply: { schema: z.object({ openapi: z.string() }).loose() } },
    answer: () => Promise.resolve(ok(document)),
  };
  const document = openApiOf([...routes, own], version, schemas);
  return own;
}

/** The OpenAPI document of routes. Pure. */
export function openApiOf(routes: readonly AnyRoute[], version: string, schemas: Schemas = {}): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = templateOf(route.path);
    paths[path] = { ...paths[path], [route.verb.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: VERSION,
    info: { title: 'Headframe', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { ...schemas, Problem: jsonSchema(problemSchema, 'output') },
      responses: {
        Problem: {
          description: 'A refusal or failure, as RFC 9457 has it.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function operationOf(route: AnyRoute): object {
  const { verb, path, method, about } = route;
  const {
    id,
    tag,
    description,
    parameters,
    body,
    bodyType = 'application/json',
    reply,
  } = about.operation ?? operationBySchemas(verb, path, about);
  const conditions = 'answer' in route && route.isMatched === true ? [IF_MATCH] : [];
  const keys = verb === 'GET' || 'relay' in route ? [] : [IDEMPOTENCY_KEY];
  return {
    operationId: id,
    summary: about.summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    // What the caller needs the right to, and what the audit names.
    'x-grpc-method': methodPath(method),
    parameters: [...parameters, ...conditions, ...keys],
    ...(body === undefined ? {} : { requestBody: { required: true, content: { [bodyType]: { schema: body } } } }),
    responses: responsesOf(about.reply?.status ?? 200, reply),
  };
}

function operationBySchemas(verb: string, path: string, about: RouteAbout): Operation {
  const { type = 'application/json', schema } = about.reply ?? {};
  return {
    id: `${verb} ${path}`.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_|_$/g, ''),
    tag: firstWord(path),
    parameters: [...pathParameters(path, about), ...queryParameters(about)],
    ...(about.body === undefined ? {} : { body: jsonSchema(about.body, 'input') }),
    reply: { type, schema: schema === undefined ? {} : jsonSchema(schema, 'output') },
  };
}

function responsesOf(status: number, { type, schema }: Operation['reply']): object {
  const problem = { $ref: '#/components/responses/Problem' };
  return {
    [status]: { description: 'As asked.', ...(status === 204 ? {} : { content: { [type]: { schema } } }) },
    '4XX': problem,
    default: problem,
  };
}

function pathParameters(path: string, { params }: RouteAbout): object[] {
  const known = params === undefined ? {} : propertiesOf(params);
  return [...templateOf(path).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true },
    schema: known[name] ?? { type: 'string' },
  }));
}

function queryParameters({ query }: RouteAbout): object[] {
  if (query === undefined) return [];
  return Object.entries(propertiesOf(query)).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function propertiesOf(schema: z.ZodType): Readonly<Record<string, object>> {
  const { properties = {} } = jsonSchema(schema, 'input') as { properties?: Record<string, object> }; // of an object
  return properties;
}

/** Without what OpenAPI says once for all. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

/** `/a/:name/*` as OpenAPI writes it: `/a/{name}/{rest}`. */
function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{rest}');
}

/** What operations are listed under. */
function firstWord(path: string): string {
  return path.split('/').find((word) => word !== '' && word !== 'api') ?? 'all';
}
