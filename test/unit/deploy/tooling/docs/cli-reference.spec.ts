import { expect } from 'chai';
import { EXIT_CODES } from '../../../../../coordinator/cli/exit-codes.js';
import { renderCliReference } from '../../../../../deploy/tooling/docs/cli-reference.js';

describe('The reference of the command line', () => {
  const text = renderCliReference();

  it('has every command that is promised', () => {
    const promised = [
      ...['apply', 'plan', 'diff', 'delete', 'events', 'top', 'status', 'completion', 'version'],
      ...['ls', 'show', 'scale', 'restart', 'stop', 'wait'].map((name) => `miners ${name}`),
      ...['history', 'rollback', 'pause', 'resume', 'release'].map((name) => `miners ${name}`),
      ...['ls', 'show', 'set', 'rm'].map((name) => `namespaces ${name}`),
      ...['rebalance', 'rebalance status', 'rebalance cancel'],
      ...['ls', 'show', 'logs', 'exec'].map((name) => `instances ${name}`),
      ...['ls', 'show', 'label', 'cordon', 'uncordon', 'drain', 'rm'].map((name) => `hosts ${name}`),
      ...['maintenance', 'reboot', 'brake release'].map((name) => `hosts ${name}`),
      ...['allocate', 'ls', 'show', 'change', 'release', 'retry'].map((name) => `machines ${name}`),
      ...['create', 'ls', 'show', 'check', 'retry', 'delete'].map((name) => `plots ${name}`),
      ...['challenge run', 'challenge ls', 'challenge show', 'challenge clear', 'scores'],
      ...['backup', 'restore', 'check', 'repair', 'migrate'].map((name) => `store ${name}`),
      ...['ls', 'use', 'set', 'rm'].map((name) => `contexts ${name}`),
      ...['set', 'rotate', 'ls', 'rm'].map((name) => `secrets ${name}`),
      ...['create', 'import', 'ls', 'show', 'unlock', 'lock', 'export', 'rm'].map((name) => `wallets ${name}`),
      ...['unfreeze', 'caps'].map((name) => `wallets ${name}`),
      ...['add', 'import', 'ls', 'rm'].map((name) => `wallets hotkeys ${name}`),
      ...['add', 'ls', 'show', 'refresh', 'verify', 'rm', 'inspect'].map((name) => `modules ${name}`),
      ...['package', 'install', 'keys ls', 'keys trust', 'keys rm'].map((name) => `modules ${name}`),
      ...['check', 'canaries', 'deploy', 'ls', 'show', 'rollback', 'build-log'].map((name) => `models ${name}`),
      'alerts ls',
      'alerts test',
      ...['add', 'ls', 'show', 'subnets', 'metagraph', 'balance', 'rm'].map((name) => `networks ${name}`),
      ...['ls', 'show', 'wait', 'abandon'].map((name) => `intents ${name}`),
      ...['ls', 'export', 'subnets', 'follow'].map((name) => `rewards ${name}`),
      ...['subnets create', 'stake show', 'stake add', 'stake remove', 'stake move', 'stake withdraw', 'stake nominate'],
      ...['set', 'ls', 'show', 'plan', 'rm'].map((name) => `stake policy ${name}`),
      ...['register', 'serve', 'weights', 'show'].map((name) => `hotkeys ${name}`),
      ...['create', 'ls', 'show', 'extend', 'release', 'ledger', 'challenge', 'ssh', 'proxy', 'cert'].map((name) => `lease ${name}`),
      ...['create', 'ls', 'revoke'].map((name) => `token ${name}`),
      ...['login', 'whoami', 'credentials ls', 'credentials revoke'],
      ...['show', 'rotate', 'retire', 'ssh show', 'ssh rotate'].map((name) => `authority ${name}`),
      ...['ls', 'verify'].map((name) => `audit ${name}`),
      ...['start', 'join', 'doctor', 'status', 'install', 'upgrade', 'uninstall'].map((name) => `agent ${name}`),
      ...['create-plot', 'list-plots', 'delete-plot', 'start', 'stop', 'status', 'scan'].map((name) => `space ${name}`),
      ...['start', 'ls', 'add', 'remove', 'step-down', 'install', 'upgrade', 'uninstall'].map((name) => `coordinator ${name}`),
    ];
    const headings = [...text.matchAll(/^### `headframe (.*)`$/gm)].map((match) => match[1]);
    expect(headings).to.have.members(promised);
  });

  it('has every exit code', () => {
    for (const { code } of Object.values(EXIT_CODES))
      expect(text).to.match(new RegExp(`^\\| ${String(code)} +\\|`, 'm'));
  });
});
