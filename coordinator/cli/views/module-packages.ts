import type {
  InstallModuleResponse,
  ListModuleSignersResponse,
  ModulePackage,
  ModuleSigner,
} from '../../../common/gen/headframe/v1/module_service_pb.js';
import { formatBytes } from '../../../common/model/units.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell } from './cells.js';
import { moduleView } from './modules.js';

/** What `modules package` says. */
export function packagedView(
  { name, version, commit, digest, signer, bytes, components }: ModulePackage,
  file: string,
): View {
  const facts: [string, Cell][] = [
    ['module', `${name} ${version}`],
    ['commit', commit],
    ['content', digest],
    ['names', `${String(components)} packages`],
    ['signed by', signer],
    ['file', `${file}, ${formatBytes(Number(bytes))}`],
  ];
  return [{ kind: 'facts', facts }];
}

/** What `modules install` says. */
export function installedView({ module, signerName }: InstallModuleResponse, viewing: Viewing): View {
  const signer = module?.packaged?.signer ?? NOTHING;
  const trusted = signerName === '' ? 'by --key, for this installation alone' : `as ${signerName}`;
  return [...moduleView({ module }, viewing), { kind: 'text', text: `${signer} was trusted ${trusted}.` }];
}

/** What `modules keys ls` shows. */
export function signersView({ own, signers }: ListModuleSignersResponse, { nowMs, wide }: Viewing): View {
  const columns: Column<ModuleSigner>[] = [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'KEY', cell: ({ fingerprint }) => fingerprint },
    { title: 'TRUSTED BY', cell: ({ trustedBy }) => trustedBy || NOTHING },
    { title: 'SINCE', cell: ({ trustedAtMs }) => ageCell(Number(trustedAtMs), nowMs) },
  ];
  const table = tableOf(columns, signers, wide);
  const facts: [string, Cell][] = [['this coordinator', own?.fingerprint ?? 'serves in clear, and signs nothing']];
  return [
    { kind: 'facts', facts },
    { kind: 'table', title: 'Trusted', table, empty: 'No other key is trusted.' },
  ];
}
