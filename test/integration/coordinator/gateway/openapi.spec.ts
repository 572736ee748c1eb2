import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import ts from 'typescript';
import { openGatewayFixture } from '../../../support/gateway-fixture.js';
import type { GatewayFixture } from '../../../support/gateway-fixture.js';
import { httpClient } from '../../../support/http-client.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, '../../../../node_modules');
/** Neither tells anybody that it runs, nor asks for newer ones. */
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

const CONSUMER = `
import createClient from 'openapi-fetch';
import type { paths } from './api.js';
export async function use(fetch: (request: Request) => Promise<Response>) {
  const client = createClient<paths>({ baseUrl: 'https://coordinator.example', fetch });
  const path = { name: 'generated' };
  const scaled = await client.POST('/v1/miners/{name}/scale', { params: { path }, body: { replicas: 3 } });
  const listed = await client.GET('/v1/miners', { params: { query: { pageSize: 5 } } });
  const missing = await client.GET('/v1/miners/{name}', { params: { path: { name: 'nobody' } } });
  return {
    replicas: scaled.data?.miner?.spec?.replicas,
    names: listed.data?.miners.map(({ spec }) => spec?.name),
    reason: missing.error?.reason,
  };
}
`;
const WRONG = `
import createClient from 'openapi-fetch';
import type { paths } from './api.js';
const client = createClient<paths>();
void client.GET('/v1/nothing');
void client.POST('/v1/miners/{name}/scale', { params: { path: { name: 'a' } }, body: { replicas: 'many' } });
`;

describe('the OpenAPI document that is served', () => {
  let gateway: GatewayFixture;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let token: string;

  before(async () => {
    gateway = await openGatewayFixture();
    token = await gateway.token('operator');
    folder = await makeTempDir();
    const { text } = await gateway.send(token, 'GET /openapi.json');
    await writeFile(join(folder.path, 'openapi.json'), text);
    await writeFile(join(folder.path, 'package.json'), '{"type": "module"}');
    await symlink(MODULES, join(folder.path, 'node_modules'));
  });
  after(async () => {
    await gateway.close();
    await folder[Symbol.asyncDispose]();
  });

  /** What the linter finds, without the document being fetched from anywhere. */
  async function findings(file: string): Promise<readonly { readonly ruleId: string; readonly message: string }[]> {
    const command = [join(MODULES, '@redocly/cli/bin/cli.js'), 'lint', file, '--format=json', '--max-problems=500'];
    const options = { cwd: folder.path, env: { ...process.env, ...QUIET }, maxBuffer: 2 ** 24 };
    const told = await run(process.execPath, command, options).catch((error: unknown) => error as { stdout: string });
    const { problems } = JSON.parse(told.stdout) as {
      problems: { ruleId: string; message: string; location: { pointer?: string }[] }[];
    };
    return problems.map(({ ruleId, message, location }) => ({
      ruleId,
      message: `${location[0]?.pointer ?? ''} ${message}`,
    }));
  }

  /** What the compiler finds wrong with a program that uses the generated client. */
  function faultsOf(file: string): string[] {
    const options: ts.CompilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'] },
      ...{
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
      },
    };
    const program = ts.createProgram([join(folder.path, file)], options);
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  }

  it('passes a linter, which finds what is wrong with another', async function () {
    this.timeout(60_000);
    expect(await findings('openapi.json')).to.deep.equal([]);
    const broken = {
      openapi: '3.1.0',
      info: { title: 'x', version: '1' },
      paths: { '/a/{b}': { get: { responses: {} } } },
    };
    await writeFile(join(folder.path, 'broken.json'), JSON.stringify(broken));
    expect((await findings('broken.json')).map(({ ruleId }) => ruleId)).to.include('path-parameters-defined');
  });

  it('makes a client that calls the coordinator, and refuses calls that there are not', async function () {
    this.timeout(60_000);
    const { path } = folder;
    const generate = [join(MODULES, 'openapi-typescript/bin/cli.js'), 'openapi.json', '-o', 'api.ts'];
    await run(process.execPath, generate, { cwd: path });
    await writeFile(join(path, 'consumer.ts'), CONSUMER);
    await writeFile(join(path, 'wrong.ts'), WRONG);
    expect(faultsOf('consumer.ts')).to.deep.equal([]);
    expect(faultsOf('wrong.ts')).to.have.lengthOf(2);
    await gateway.apply({ name: 'generated', replicas: 0 });
    const ask = httpClient(gateway.address, gateway.authorities);
    const viaHttps = async (request: Request): Promise<Response> => {
      const { pathname, search } = new URL(request.url);
      const body = request.method === 'GET' ? {} : { body: await request.text() };
      const { status, text } = await ask(pathname + search, { verb: request.method, token, ...body });
      return new Response(text, { status, headers: { 'content-type': 'application/json' } });
    };
    const module = (await import(pathToFileURL(join(path, 'consumer.ts')).href)) as {
      use: (fetch: (request: Request) => Promise<Response>) => Promise<object>;
    };
    expect(await module.use(viaHttps)).to.deep.equal({ replicas: 3, names: ['generated'], reason: 'miner_not_found' });
  });
});
