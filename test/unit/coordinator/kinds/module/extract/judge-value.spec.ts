import { expect } from 'chai';
import {
  isPlaceholder,
  isSecretName,
  looksSecret,
  typeByLooks,
} from '../../../../../../coordinator/kinds/module/extract/judge-value.js';
import { roleOfName, roleOfPath } from '../../../../../../coordinator/kinds/module/extract/words.js';

describe('judging names and values of settings', () => {
  it('knows names of secrets', () => {
    for (const name of [
      ...[
        'API_KEY',
        'openaiApiKey',
        'OPENAI_APIKEY',
        '--wallet.password',
        'miner.key_password',
        'HF_TOKEN',
        'MNEMONIC',
      ],
      ...[
        'HOTKEY_MNEMONIC',
        'SEED',
        'SEED_PHRASE',
        'JWT_SECRET',
        'AWS_SECRET_ACCESS_KEY',
        'DISCORD_WEBHOOK_URL',
        'SENTRY_DSN',
      ],
    ])
      expect(isSecretName(name), name).to.equal(true);
  });

  it('lets names of what everybody may know pass', () => {
    for (const name of [
      ...[
        '--wallet.hotkey',
        'HOTKEY',
        'COLDKEY_NAME',
        'keyfile',
        'KEYFILE_PATH',
        'PUBLIC_KEY',
        'MAX_TOKENS',
        'token_limit',
      ],
      ...[
        'PASSWORD_FILE',
        'password_length',
        'RANDOM_SEED',
        'TOKENIZER',
        'SECRET_NAME',
        'TOKEN_URL',
        'MONKEY',
        '',
        '--',
      ],
    ])
      expect(isSecretName(name), name).to.equal(false);
  });

  it('knows values that only secrets have', () => {
    for (const value of [
      'sk-0123456789abcdefghij',
      'hf_abcdefghijklmnop',
      `0x${'4c'.repeat(32)}`,
      'abandon ability able about above absent absorb abstract absurd abuse access accident',
      'postgres://user:hunter22@db/x',
      '-----BEGIN PRIVATE KEY-----',
    ])
      expect(looksSecret(value), value).to.equal(true);
    for (const value of [
      'info',
      'wss://entry.example:443',
      'http://user:<password>@db',
      'a b c',
      '5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX',
    ])
      expect(looksSecret(value), value).to.equal(false);
  });

  it('tells placeholders from values', () => {
    for (const value of [
      '',
      '<key>',
      '${KEY}',
      'your-key',
      'YOUR_API_KEY',
      'changeme',
      'change-me',
      'xxxx',
      '***',
      'sk-...',
      'put-key-here',
    ])
      expect(isPlaceholder(value), value).to.equal(true);
    for (const value of ['finney', 'a.example,b.example', 'youre', '0.0.0.0', './models', 'replicas'])
      expect(isPlaceholder(value), value).to.equal(false);
  });

  it('tells types by their looks', () => {
    for (const [name, value, type] of [
      ['A', '12', 'integer'],
      ['A', '-1.5', 'number'],
      ['A', '1e-4', 'number'],
      ['A', 'True', 'boolean'],
      ['A', 'wss://x', 'url'],
      ['A', '~/x', 'path'],
      ['A', '1.2.3', 'string'],
      ['A', '12345678901234567890', 'string'],
      ['LOG_DIR', 'logs', 'path'],
      ['AXON_PORT', undefined, 'integer'],
      ['RPC_URL', undefined, 'url'],
      ['NAME', undefined, 'string'],
    ] as const)
      expect(typeByLooks(name, value), `${name} ${value ?? ''}`).to.equal(type);
  });

  it('finds the role that a path or a name speaks of', () => {
    for (const [path, role] of [
      ['neurons/miner.py', 'miner'],
      ['src/x/validator/main.py', 'validator'],
      ['validator/miner.py', 'miner'],
      ['miner_and_validator/x.py', undefined],
      ['app/determiner.py', undefined],
    ] as const)
      expect(roleOfPath(path), path).to.equal(role);
    expect(roleOfName('addMinerArgs')).to.equal('miner');
    expect(roleOfName('constructor')).to.equal(undefined);
  });
});
