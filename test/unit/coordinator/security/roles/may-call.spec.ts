import { expect } from 'chai';
import type { Caller, Role } from '../../../../../common/model/caller.js';
import { isOpen, whyForbidden } from '../../../../../coordinator/security/roles/index.js';

const FLEET = '/headframe.v1.FleetService/';

describe('what a role may call', () => {
  function judge(role: Role, method: string, more: Partial<Caller> = {}): string {
    const host = role === 'agent' ? { hostId: 'h1' } : {};
    return whyForbidden({ role, name: 'ada', credential: '4a', ...host, ...more }, method) ?? 'let in';
  }

  it('is nothing that the table does not name, for anybody', () => {
    for (const method of ['/headframe.v1.FleetService/Melt', '/x.Y/GetMiner', 'GetMiner', `${FLEET}getMiner`, ''])
      expect(judge('admin', method)).to.equal('unmapped');
  });

  it('is for a viewer neither logs, exec, audit nor a change', () => {
    const asked = ['StreamLogs', 'Exec', 'ApplyMiners', 'PlanMiners', 'GetMiner', 'StreamEvents'];
    expect(asked.map((name) => judge('viewer', FLEET + name))).to.deep.equal([
      ...['role', 'role', 'role', 'role'],
      ...['let in', 'let in'],
    ]);
    expect(judge('viewer', '/headframe.v1.AuditService/ListEntries')).to.equal('role');
  });

  it("is with wallets an admin's, but that operators see and lock them", () => {
    const methods = [
      'ListWallets',
      'GetWallet',
      'LockWallet',
      'CreateWallet',
      'UnlockWallet',
      'ExportWallet',
      'AddHotkey',
    ];
    const judged = (role: Role): string[] => methods.map((name) => judge(role, `/headframe.v1.WalletService/${name}`));
    expect(judged('admin')).to.deep.equal(methods.map(() => 'let in'));
    expect(judged('operator').map((one) => one === 'let in')).to.deep.equal([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    for (const role of ['viewer', 'scheduler', 'renter', 'agent'] as const)
      expect(judged(role)).to.deep.equal(methods.map(() => 'role'));
  });

  it('is for a renter leases, and the ways into them, and nothing that reaches into any other instance', () => {
    const namespaces = ['farm'];
    for (const name of ['IssueCertificate', 'Dial', 'RunCommand'])
      expect(judge('renter', `/headframe.v1.LeaseAccessService/${name}`, { namespaces }), name).to.equal('let in');
    for (const name of ['Exec', 'StreamLogs', 'GetInstance', 'ListInstances', 'GetMiner', 'ApplyMiners', 'DeleteMiner'])
      expect(judge('renter', FLEET + name, { namespaces }), name).to.equal('role');
    expect(judge('viewer', '/headframe.v1.LeaseAccessService/RunCommand')).to.equal('role');
    expect(judge('agent', '/headframe.v1.LeaseAccessService/RunCommand')).to.equal('role');
  });

  it('ends for an agent at its own host', () => {
    expect(judge('agent', '/headframe.v1.AgentService/Session')).to.equal('let in');
    expect(judge('agent', '/headframe.v1.AccessService/RenewCertificate')).to.equal('let in');
    expect(judge('agent', '/headframe.v1.AgentService/Session', { hostId: undefined })).to.equal('role');
    expect(judge('admin', '/headframe.v1.AgentService/Session')).to.equal('role');
    expect(judge('agent', `${FLEET}GetMiner`)).to.equal('role');
    expect(judge('agent', '/headframe.v1.AccessService/CreateToken')).to.equal('role');
  });

  it('is nothing of the whole fleet for who is held to namespaces, an admin included', () => {
    const namespaces = ['farm'];
    expect(judge('operator', `${FLEET}ApplyRebalance`)).to.equal('let in');
    expect(judge('operator', `${FLEET}ApplyRebalance`, { namespaces })).to.equal('scope');
    expect(judge('admin', '/headframe.v1.HostService/RemoveHost', { namespaces })).to.equal('scope');
    expect(judge('admin', '/headframe.v1.AuditService/ListEntries', { namespaces: [] })).to.equal('scope');
    expect(judge('operator', `${FLEET}GetMiner`, { namespaces })).to.equal('let in');
  });

  it('is open where the request is a proof of its own, and nowhere else', () => {
    expect(isOpen('/headframe.v1.AccessService/Join')).to.equal(true);
    expect(isOpen('/headframe.v1.AccessService/JoinAll')).to.equal(false);
    expect(isOpen('/grpc.health.v1.Health/Check')).to.equal(false);
  });
});
