// Who may import whom (ARCHITECTURE.md). Type imports count like any other.

const product = '^(agent|common|coordinator|deploy)/';

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const never = (name, comment, from, to) => ({ name, comment, severity: /** @type {const} */ ('error'), from, to });

/** Only the named folders may import a package, so that one adapter speaks with each library. */
const only = (/** @type {string} */ library, /** @type {string} */ folders) =>
  never(
    `${library.replace('/', '-')}-has-one-home`,
    `${library} is imported by ${folders} alone.`,
    { path: product, pathNot: folders },
    { path: `node_modules/${library}/` },
  );

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    never('no-cycles', 'Arrows never turn back, type imports included.', {}, { circular: true }),
    never('no-unresolved', 'What is imported must exist.', {}, { couldNotResolve: true }),
    never(
      'no-dev-dependency',
      'What runs in production is a dependency.',
      // The page is put together, libraries and all, when it is built.
      { path: product, pathNot: '\\.(js|mjs)$|^coordinator/dashboard/page/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
    never(
      'agent-apart',
      'The agent knows the coordinator by the contract alone.',
      { path: '^agent/' },
      { path: '^(coordinator|deploy)/' },
    ),
    never(
      'coordinator-apart',
      'The coordinator knows the agent by the contract alone.',
      { path: '^coordinator/' },
      { path: '^(agent|deploy)/' },
    ),
    never(
      'common-below',
      'What both share needs neither.',
      { path: '^common/' },
      { path: '^(agent|coordinator|deploy)/' },
    ),
    never(
      'deploy-outside',
      'Deployment starts programs; it does not reach into them. The tooling writes their references.',
      { path: '^deploy/', pathNot: '^deploy/tooling/' },
      { path: '^(agent|coordinator)/' },
    ),
    never('tests-outside', 'Nothing that ships imports a test.', { path: product }, { path: '^test/' }),
    never(
      'bootstrap-alone',
      'It runs before npm ci: Node alone.',
      { path: '^deploy/bootstrap/' },
      { pathNot: '^deploy/bootstrap/', dependencyTypesNot: ['core'] },
    ),
    never(
      'agent-is-light',
      'Memory of every host: no chain, web or desk libraries.',
      { path: '^(agent|common)/' },
      { path: 'node_modules/(@polkadot|fastify|@fastify|ws|cli-table3|cli-progress|nodemailer)/' },
    ),
    only('dockerode', '^agent/runtime/docker/'),
    only('@node-rs/argon2', '^common/challenge/native-argon2'),
    only('@noble/curves', '^agent/kinds/space/format/miner-key'),
    only('@chainsafe/hashtree', '^agent/kinds/space/kernel/open-kernel'),
    only('lowdb', '^(coordinator/store/lowdb|agent/state)/'),
    only('nats', '^(common/observe/|coordinator/(store/jetstream/|shared/|leadership/nats-bucket))'),
    only('@grpc/grpc-js', '^common/rpc/'),
    only('systeminformation', '^agent/host/'),
    only('@polkadot', '^coordinator/chain/'),
    only('ws', '^coordinator/(chain/network|gateway)/'),
    only('fastify', '^coordinator/gateway/'),
    only('@fastify/busboy', '^coordinator/gateway/vms/form'),
    only('nodemailer', '^coordinator/alerts/email/'),
    only('undici', '^coordinator/router/'),
    only('ssh2', '^coordinator/kinds/lease/probe/'),
    only('commander', '^(coordinator/cli/|agent/program\\.ts|agent/kinds/space/alone/program\\.ts)'),
    only('preact', '^coordinator/dashboard/page/'),
    only('@preact/signals', '^coordinator/dashboard/page/'),
    only('uplot', '^coordinator/dashboard/page/'),
    never(
      'page-apart',
      'It runs in browsers, and knows the coordinator by what is served.',
      { path: '^coordinator/dashboard/page/' },
      { pathNot: '^(coordinator/dashboard/page/|node_modules/(preact|@preact/signals(-core)?|uplot)/)' },
    ),
    never(
      'page-is-served',
      'Programs hand out what was built of it.',
      { path: product, pathNot: '^coordinator/dashboard/page/' },
      { path: '^coordinator/dashboard/page/' },
    ),
    // Inside a program.
    never(
      'main-on-top',
      'Only main wires; nothing but the command starts it.',
      { path: product, pathNot: '^coordinator/cli/' },
      { path: '^(agent|coordinator)/main\\.ts$' },
    ),
    never(
      'fleet-below-api',
      'Domain folders do not know who serves them.',
      {
        path: '^coordinator/(fleet|store|scheduler|sessions|kinds|rollout|namespaces|rebalance|autoscale|chain|router|providers)/',
      },
      { path: '^coordinator/(api|gateway|cli)/' },
    ),
    never(
      'cli-is-a-client',
      'The command talks to the API; it does not reach behind it.',
      { path: '^coordinator/cli/' },
      // But for the words that it makes mnemonics of: no answer of the API may hold one.
      { path: '^coordinator/(fleet|sessions|scheduler|chain|api|gateway)/', pathNot: '/wallets/new-mnemonic\\.ts$' },
    ),
    never(
      'scheduler-is-pure',
      'Values in, values out.',
      { path: '^coordinator/(scheduler|rollout|namespaces|rebalance|autoscale)/' },
      { path: '^coordinator/(fleet|sessions|store|api|gateway)/', dependencyTypesNot: ['type-only'] },
    ),
    never(
      'store-behind-port',
      'Adapters are chosen in main.',
      { path: '^coordinator/', pathNot: '^coordinator/(main\\.ts|store/|cli/)' },
      { path: '^coordinator/store/(lowdb|jetstream|journal)/' },
    ),
    never(
      'runtime-behind-port',
      'Adapters are chosen in main.',
      { path: '^agent/', pathNot: '^agent/(main\\.ts|commands/|runtime/)' },
      { path: '^agent/runtime/(docker|process)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
