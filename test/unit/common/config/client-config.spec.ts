import { readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import {
  chooseTarget,
  clientConfigPath,
  readClientConfig,
  writeClientConfig,
} from '../../../../common/config/index.js';
import type { ClientConfig } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const config: ClientConfig = {
  currentContext: 'home',
  contexts: { home: { address: '127.0.0.1:7700' }, rig: { address: 'rig.example:7700' } },
};

describe("the clients' configuration", () => {
  it('is empty while there is no file, and reads back what was written', async () => {
    await using dir = await makeTempDir();
    const path = join(dir.path, 'deep', 'config.yaml');
    expect(await readClientConfig(path)).to.deep.equal({ contexts: {} });
    await writeClientConfig(path, { contexts: {} });
    await writeClientConfig(path, config);
    expect(await readClientConfig(path)).to.deep.equal(config);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readdir(dirname(path))).to.deep.equal(['config.yaml']);
  });

  it('names the file and the place of what is wrong', async () => {
    await using dir = await makeTempDir();
    const path = join(dir.path, 'config.yaml');
    await writeFile(path, 'contexts: {a: {adress: "x:1"}}');
    const error: unknown = await readClientConfig(path).catch((thrown: unknown) => thrown);
    if (!(error instanceof HeadframeError)) throw new Error('expected a HeadframeError');
    expect(error.violations.map(({ document, path: at }) => [document, at])).to.have.deep.members([
      [path, 'contexts.a.adress'],
      [path, 'contexts.a.address'],
    ]);
  });

  it('lies where the user keeps configuration', () => {
    const paths = [{}, { XDG_CONFIG_HOME: '/x' }, { XDG_CONFIG_HOME: 'relative' }, { HEADFRAME_CONFIG: '/y.yaml' }].map(
      (env) => clientConfigPath(env, '/home/u'),
    );
    expect(paths).to.deep.equal([
      '/home/u/.config/headframe/config.yaml',
      '/x/headframe/config.yaml',
      '/home/u/.config/headframe/config.yaml',
      '/y.yaml',
    ]);
  });
});

describe('the address a client calls', () => {
  const env = { HEADFRAME_ADDRESS: 'env:1', HEADFRAME_CONTEXT: 'rig' };
  const cases: [string, Parameters<typeof chooseTarget>[1], string][] = [
    ['a flag with it before all', { address: 'flag:1', context: 'rig', env }, 'flag:1'],
    ['a flag with a context before the environment', { context: 'home', env }, '127.0.0.1:7700'],
    ['a variable with it before one with a context', { env }, 'env:1'],
    ['a variable with a context before the current one', { env: { HEADFRAME_CONTEXT: 'rig' } }, 'rig.example:7700'],
    ['the current context', { env: {} }, '127.0.0.1:7700'],
  ];
  for (const [title, choice, address] of cases) {
    it(`comes from ${title}`, () => expect(chooseTarget(config, choice).address).to.equal(address));
  }

  it('is the one on this machine when nothing says otherwise', () => {
    expect(chooseTarget({ contexts: {} }, { env: {} }).address).to.equal('127.0.0.1:7700');
  });

  it('is refused when it is none, or of an unknown context', () => {
    const reasonOf = (choice: Parameters<typeof chooseTarget>[1]): string => {
      try {
        return chooseTarget(config, choice).address;
      } catch (error) {
        return error instanceof HeadframeError ? error.reason : String(error);
      }
    };
    expect(reasonOf({ context: 'toString', env: {} })).to.equal('context_unknown');
    expect(reasonOf({ address: 'nowhere', env: {} })).to.equal('config_invalid');
    expect(reasonOf({ env: { HEADFRAME_ADDRESS: 'nowhere' } })).to.equal('config_invalid');
  });
});

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('how a client calls', () => {
  const known: ClientConfig = {
    contexts: {
      proven: { address: 'rig.example:7700', identity: '/of/context' },
      trial: { address: '127.0.0.1:7700', insecureLoopback: true },
      program: { address: 'rig.example:7700', tokenFile: '/of/context', authority: DIGEST },
    },
  };
  const ENV = { HEADFRAME_IDENTITY: '/of/env', HEADFRAME_INSECURE_LOOPBACK: 'true' };
  const TOKEN_ENV = { HEADFRAME_TOKEN_FILE: '/of/env', HEADFRAME_AUTHORITY: '/ca.pem' };
  const howOf = (choice: Parameters<typeof chooseTarget>[1]): string => {
    const { identity, bearer, insecureLoopback } = chooseTarget(known, choice);
    if (bearer !== undefined) return `${bearer.tokenFile} to ${bearer.authority.slice(0, 10)}`;
    return insecureLoopback ? 'in clear' : (identity ?? 'unproven');
  };
  const cases: [string, Parameters<typeof chooseTarget>[1], string][] = [
    ['by the identity of a flag before all', { context: 'proven', identity: '/of/flag', env: ENV }, '/of/flag'],
    ['in clear by a flag before the environment', { insecureLoopback: true, env: ENV }, 'in clear'],
    ['by the identity of the environment before the context', { context: 'trial', env: ENV }, '/of/env'],
    ['in clear by the environment', { env: { HEADFRAME_INSECURE_LOOPBACK: 'true' } }, 'in clear'],
    ['by the identity of the context', { context: 'proven', env: {} }, '/of/context'],
    ['by the token of the context', { context: 'program', env: {} }, '/of/context to sha256:aaa'],
    ['by a token of a flag', { context: 'program', tokenFile: '/of/flag', env: ENV }, '/of/flag to sha256:aaa'],
    ['by the token of the environment', { env: TOKEN_ENV }, '/of/env to /ca.pem'],
    ['to whom a flag says', { authority: DIGEST, env: TOKEN_ENV }, '/of/env to sha256:aaa'],
    ['in clear by the context', { context: 'trial', env: {} }, 'in clear'],
    ['by none of a context for another address', { address: 'a:1', context: 'proven', env: {} }, 'unproven'],
    ['by none when nothing says how', { env: {} }, 'unproven'],
  ];
  for (const [title, choice, how] of cases) it(`is ${title}`, () => expect(howOf(choice)).to.equal(how));

  it('is never in clear to another machine, nor in two ways at once', () => {
    expect(() => howOf({ context: 'proven', insecureLoopback: true, env: {} }))
      .to.throw(HeadframeError)
      .with.property('reason', 'plaintext_refused');
    const ways = { identity: '/x', tokenFile: '/y', insecureLoopback: true };
    for (const left of ['identity', 'tokenFile', 'insecureLoopback'] as const)
      expect(() => howOf({ ...ways, [left]: undefined, authority: DIGEST, env: {} }))
        .to.throw(HeadframeError)
        .with.property('reason', 'config_invalid');
  });

  it('sends no token to a coordinator of which nothing is known', () => {
    const reasonOf = (choice: Parameters<typeof chooseTarget>[1]): unknown => {
      try {
        return howOf(choice);
      } catch (error) {
        return error instanceof HeadframeError ? error.reason : error;
      }
    };
    expect(reasonOf({ context: 'proven', tokenFile: '/x', env: {} })).to.equal('authority_missing');
    expect(reasonOf({ tokenFile: '/x', authority: 'sha256:short', env: {} })).to.equal('config_invalid');
  });
});
