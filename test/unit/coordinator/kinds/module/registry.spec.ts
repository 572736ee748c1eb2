import { expect } from 'chai';
import { moduleState } from '../../../../../common/model/module.js';
import type { ModulePin, ModuleRecord } from '../../../../../common/model/module.js';
import { changesBetween } from '../../../../../coordinator/kinds/module/registry/changes.js';
import { versionOf } from '../../../../../coordinator/kinds/module/registry/analysis.js';
import { judgeContent } from '../../../../../coordinator/kinds/module/registry/judge.js';
import { pinned, settle } from '../../../../../coordinator/kinds/module/registry/outcomes.js';
import { analysisOf } from '../../../../support/module-samples.js';

const COMMITS = { one: '1'.repeat(40), two: '2'.repeat(40) };

function pinOf(commit: string): ModulePin {
  const settings = { total: 0, required: 0, secret: 0 };
  const rest = { bytes: 1, files: 1, skipped: 0, skippedPaths: [], version: '1', roles: ['miner'], settings, atMs: 1 };
  return { commit, digest: `sha256:${commit}`, ...rest };
}

function recordOf(parts: Partial<ModuleRecord> = {}): ModuleRecord {
  const times = { createdAtMs: 1, changedAtMs: 1, refreshedAtMs: 0, verifiedAtMs: 0 };
  const origin = { kind: 'operator', by: 'ada' } as const;
  return { name: 'alpha', url: 'https://example.org/a/b', ref: 'main', origin, findings: [], ...times, ...parts };
}

const FAILURE = { reason: 'module_origin_away', text: 'no answer', remedy: '', retry: true, atMs: 5 };

describe('a module of the registry', () => {
  it('is ready once it has content, and stale where its origin has more or is away', () => {
    const fetching = recordOf({ job: { kind: 'fetch' } });
    const fetched = settle(fetching, { kind: 'fetched', pin: pinOf(COMMITS.one) }, 9);
    expect(fetched.event?.reason).to.equal('module_fetched');
    expect(fetched.record).to.include({ refreshedAtMs: 9, changedAtMs: 9 }).and.not.have.property('job');
    const refreshing = { ...fetched.record, job: { kind: 'refresh', apply: false } } as const;
    const moved = settle(refreshing, { kind: 'fetched', pin: pinOf(COMMITS.two) }, 9);
    const away = settle(refreshing, { kind: 'failed', failure: FAILURE }, 9);
    const same = settle({ ...moved.record, job: refreshing.job }, { kind: 'same' }, 9);
    const states = [fetching, fetched.record, moved.record, away.record, same.record].map(moduleState);
    expect(states).to.deep.equal(['fetching', 'ready', 'stale', 'stale', 'ready']);
    expect(moduleState(settle(fetching, { kind: 'failed', failure: FAILURE }, 9).record)).to.equal('failed');
    expect([moved.record.pin?.commit, moved.record.candidate?.commit]).to.deep.equal([COMMITS.one, COMMITS.two]);
    expect(away.record.pin?.commit).to.equal(COMMITS.one);
  });

  it('takes another commit only when told to, and forgets then what was found in the former', () => {
    const findings = [{ code: 'x', severity: 'info', path: '', text: '' }] as const;
    const record = recordOf({
      pin: pinOf(COMMITS.one),
      findings,
      verifiedAtMs: 4,
      job: { kind: 'refresh', apply: true },
    });
    const { record: after, event } = settle(record, { kind: 'fetched', pin: pinOf(COMMITS.two) }, 9);
    expect(after).to.deep.include({ findings: [], verifiedAtMs: 0, candidate: undefined });
    expect([after.pin?.commit, event?.reason]).to.deep.equal([COMMITS.two, 'module_pinned']);
    const taken = pinned(
      recordOf({ pin: pinOf(COMMITS.one), candidate: pinOf(COMMITS.two) }),
      pinOf(COMMITS.two),
      'module_pinned',
    );
    expect([taken.record.pin?.commit, moduleState(taken.record)]).to.deep.equal([COMMITS.two, 'ready']);
    // The same commit brought again, for what was kept of it was lost, is no other.
    const lost = recordOf({ pin: pinOf(COMMITS.one), job: { kind: 'refresh', apply: false } });
    expect(settle(lost, { kind: 'fetched', pin: pinOf(COMMITS.one) }, 9).record.candidate).to.equal(undefined);
  });

  it('has the version that it declares, else that of its tag, its package or its commit', async () => {
    const declared = await analysisOf({
      'headframe.module.yaml': 'version: 3.0.0',
      'pyproject.toml': '[project]\nversion = "1.2"\n',
    });
    expect(versionOf(declared, 'v2.0.0', COMMITS.one)).to.equal('3.0.0');
    const packaged = await analysisOf({ 'pyproject.toml': '[project]\nname = "x"\nversion = "1.2"\n' });
    expect(versionOf(packaged, 'v2.0.0', COMMITS.one)).to.equal('v2.0.0');
    expect(versionOf(packaged, 'main', COMMITS.one)).to.equal('1.2');
    expect(versionOf(await analysisOf({}), 'main', COMMITS.one)).to.equal('111111111111');
  });

  it('is judged by where its paths, ports and images lead once they are resolved', async () => {
    const code = [
      'import os',
      'A = os.getenv("DATA_PATH", "/data/../etc/shadow")',
      'B = os.getenv("CACHE_PATH", "/data/cache")',
      'C = os.getenv("OTHER_PATH", "../outside")',
      'D = int(os.getenv("HTTP_PORT", "80"))',
    ].join('\n');
    const analysis = await analysisOf({
      'miner.py': code,
      Dockerfile: 'FROM python:3.11\nFROM evil.example/x:1\nFROM ghcr.io/a/b\nFROM localhost:5000/x\n',
      '.env': 'API_KEY=sk-live-0123456789abcdef0123456789\n',
    });
    const findings = judgeContent({ skippedPaths: [{ path: 'link', why: 'symlink' }] }, analysis);
    const told = findings.map((finding) => `${finding.severity} ${finding.code} ${finding.path}`);
    expect(told).to.include.members([
      'warning path_outside miner.py:2',
      'warning path_outside miner.py:4',
      'warning port_privileged miner.py:5',
      'warning image_registry_unusual Dockerfile:2',
      'warning image_registry_unusual Dockerfile:4',
      'warning secret_present .env:1',
      'info skipped_symlink link',
      'info role_entry_missing ',
    ]);
    expect(told.filter((line) => line.includes('path_outside'))).to.have.length(2);
    expect(judgeContent({ skippedPaths: [] }, await analysisOf({ 'x.py': '' }))[0]).to.include({
      severity: 'error',
      code: 'role_entry_missing',
    });
  });

  it('tells two commits apart by what concerns those who run it', async () => {
    const before = await analysisOf({ 'miner.py': 'import os\nos.getenv("A", "1")\n', 'readme.md': '1' });
    const after = await analysisOf({
      'miner.py': 'import os\nos.getenv("A", "2")\n',
      'validator.py': '',
      'readme.md': '1',
    });
    expect(changesBetween(before, before)).to.deep.equal([]);
    const [role, , setting] = changesBetween(before, after);
    expect(role).to.deep.equal({ what: 'role', name: 'validator', before: '', after: 'can be run' });
    expect(setting).to.deep.include({ what: 'setting', before: 'integer = 1', after: 'integer = 2' });
  });
});
