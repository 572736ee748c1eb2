import { z } from 'zod';
import { ModuleService } from '../../../common/gen/headframe/v1/module_service_pb.js';
import type { Module, ModuleProfile } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { MODULE_NAME } from '../../../common/model/module.js';
import { strictObject } from '../../../common/model/schema/index.js';
import { itemsOn, pageOf, pageSchema } from '../paging.js';
import { notServed, routeGone } from '../refusals.js';
import { checked, ok } from '../route.js';
import type { Answer, Exchange, Route } from '../route.js';
import { listedModule, moduleRow, statusOf } from './listed-module.js';
import { packageOf } from './package.js';
import { configYaml, envTemplate } from './templates.js';

/** What the gateway knows of itself. */
export interface GatewayFigures {
  /** Milliseconds since the coordinator started. */
  readonly uptimeMs: () => number;
  /** That came over HTTP since then. */
  readonly requests: () => number;
}

const { listModules, getModule, addModule, removeModule } = ModuleService.method;

const nameSchema = z.object({
  name: z.string().regex(MODULE_NAME, '3-63 characters of a-z, 0-9 and -, a letter or digit at both ends'),
});

const newModuleSchema = strictObject({
  name: z.string().max(100),
  type: z.string().max(100).optional(),
  url: z.string({ error: 'the https:// URL of its git repository' }).max(2_000),
  ref: z.string().max(300).prefault(''),
});

/** The registrar of the seed, over the registry of modules. */
export function registrarRoutes(figures: GatewayFigures): Route[] {
  return [...serviceRoutes(figures), ...libraryRoutes()];
}

/** What `registrar serve` had. */
function serviceRoutes({ uptimeMs, requests }: GatewayFigures): Route[] {
  const base = '/api/subnet-modules';
  return [
    {
      ...{ verb: 'GET', path: '/api/status', method: listModules },
      about: { summary: 'How the coordinator stands' },
      answer: async ({ call }) => {
        const { modules } = await call(listModules, {});
        const available = modules.filter(({ pin }) => pin !== undefined).length;
        const uptime = Math.floor(uptimeMs() / 1000);
        return ok({ status: 'ok', uptime, total_requests: requests(), available_modules: available });
      },
    },
    {
      ...{ verb: 'GET', path: base, method: listModules },
      about: { summary: 'Lists modules', query: pageSchema },
      answer: async (exchange) => {
        const { items, headers } = await pageOfModules(exchange);
        return ok({ modules: items.map(listedModule) }, headers);
      },
    },
    {
      ...{ verb: 'GET', path: `${base}/:name/config`, method: getModule },
      about: { summary: 'How a module runs in its roles', params: nameSchema, reply: { type: 'application/yaml' } },
      answer: async (exchange) => {
        const { module, profiles } = await described(exchange);
        return { status: 200, body: configYaml(module, profiles), type: 'application/yaml; charset=utf-8' };
      },
    },
    {
      ...{ verb: 'GET', path: `${base}/:name/env-template`, method: getModule },
      about: { summary: 'Variables of a module, by role', params: nameSchema, reply: { type: 'text/plain' } },
      answer: async (exchange) => text(envTemplate((await described(exchange)).profiles)),
    },
    {
      ...{ verb: 'GET', path: `${base}/:name/package`, method: getModule },
      about: { summary: 'What a module needs to be configured, packed', params: nameSchema },
      answer: async (exchange) => {
        const { module, profiles } = await described(exchange);
        const files = { 'config.yaml': configYaml(module, profiles), '.env.example': envTemplate(profiles) };
        const { version = '', commit = '', digest = '' } = module.pin ?? {};
        const metadata = { ...listedModule(module), version, commit, digest };
        return ok({ ...(await packageOf(files)), metadata });
      },
    },
    {
      ...{ verb: 'GET', path: '/api/v2/*', method: listModules },
      about: { summary: 'Gone: it served folders of the coordinator' },
      answer: () => Promise.reject(filesGone()),
    },
  ];
}

/** What the registrar's library had. */
function libraryRoutes(): Route[] {
  return [
    {
      ...{ verb: 'GET', path: '/modules', method: listModules },
      about: { summary: 'Lists modules', query: pageSchema },
      answer: async (exchange) => {
        const { items, headers } = await pageOfModules(exchange);
        return ok(items.map(moduleRow), headers);
      },
    },
    {
      ...{ verb: 'POST', path: '/modules', method: addModule },
      about: { summary: 'Adds a module to the registry', body: newModuleSchema, reply: { status: 201 } },
      answer: async ({ body, call }) => {
        const { name, url, ref } = checked(newModuleSchema, body ?? {});
        const { module } = await call(addModule, { name, url, ref });
        return { status: 201, body: moduleRow(present(module)), headers: { location: `/modules/${name}` } };
      },
    },
    {
      ...{ verb: 'GET', path: '/modules/:name', method: getModule },
      about: { summary: 'Shows a module', params: nameSchema },
      answer: async (exchange) => ok(moduleRow(await found(exchange))),
    },
    {
      ...{ verb: 'DELETE', path: '/modules/:name', method: removeModule },
      about: { summary: 'Removes a module', params: nameSchema, reply: { status: 204 } },
      answer: async ({ params, call }) => {
        await call(removeModule, { name: checked(nameSchema, params).name });
        return { status: 204 };
      },
    },
    {
      ...{ verb: 'GET', path: '/modules/:name/status', method: getModule },
      about: { summary: 'Status of a module', params: nameSchema },
      answer: async (exchange) => {
        const body = JSON.stringify(statusOf((await found(exchange)).state));
        return { status: 200, body, type: 'application/json; charset=utf-8' };
      },
    },
    unserved('PUT', '/modules/:name/status', statusIsSeen),
    unserved('POST', '/modules/:name/start', minersStart),
    unserved('POST', '/miners', minersApplied),
  ];
}

/** A route of the seed with nothing behind it. */
function unserved(verb: Route['verb'], path: string, refusal: () => Error): Route {
  const about = { summary: 'Not served; the refusal names what to use' };
  return { verb, path, method: getModule, about, answer: () => Promise.reject(refusal()) };
}

async function pageOfModules({ query, call }: Exchange) {
  const page = pageOf(query);
  const { modules } = await call(listModules, {});
  return { items: itemsOn(modules, page), headers: { 'x-total-count': String(modules.length) } };
}

async function found({ params, call }: Exchange): Promise<Module> {
  const { name } = checked(nameSchema, params);
  return present((await call(getModule, { name })).module);
}

/** A module and how it runs in each of its roles; without any, why it does not run as a miner is what is told. */
async function described(exchange: Exchange): Promise<{ readonly module: Module; readonly profiles: ModuleProfile[] }> {
  const module = await found(exchange);
  const { name, pin } = module;
  const roles = pin === undefined || pin.roles.length === 0 ? ['miner'] : pin.roles;
  const profiles: ModuleProfile[] = [];
  for (const role of roles) {
    const { profile } = await exchange.call(getModule, { name, role });
    if (profile !== undefined) profiles.push(profile);
  }
  return { module, profiles };
}

function present(module: Module | undefined): Module {
  if (module === undefined) throw new Error('an answer lacks its module');
  return module;
}

function text(body: string): Answer {
  return { status: 200, body, type: 'text/plain; charset=utf-8' };
}

function filesGone() {
  const instead = 'Use GET /api/subnet-modules/NAME/config and …/env-template, which hold no value of any secret.';
  return routeGone('folders of the coordinator are not served', instead);
}

function statusIsSeen() {
  const instead = 'Have the module looked at again: headframe modules refresh NAME, or headframe modules verify NAME.';
  return notServed('the status of a module is what is seen of it, and not set', instead);
}

function minersStart() {
  return notServed('a module is run by a miner', 'Apply a miner: headframe apply -f miner.yaml.');
}

function minersApplied() {
  return notServed('miners are not made by uid and key', 'Apply a miner: headframe apply -f miner.yaml.');
}
