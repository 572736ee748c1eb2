/** Who has logged in, as far as it says what they may do. */
export interface Who {
  readonly role: string;
  readonly name: string;
  /** None means all. */
  readonly namespaces: readonly string[];
}

type Roles = readonly string[];
const SEERS: Roles = ['admin', 'operator', 'viewer', 'scheduler'];
const SUBMITTERS: Roles = ['admin', 'operator', 'scheduler'];
const OPERATORS: Roles = ['admin', 'operator'];

/** Methods of the contract that the page calls: who may, and whether only those may who are held to no namespaces. */
export const NEEDS = {
  'FleetService/WatchFleet': { roles: SEERS, isWide: false },
  'FleetService/GetFleetStatus': { roles: SEERS, isWide: false },
  'FleetService/GetAlerts': { roles: ['admin', 'operator', 'viewer'], isWide: true },
  'FleetService/ListUsage': { roles: SEERS, isWide: false },
  'FleetService/StreamEvents': { roles: SEERS, isWide: false },
  'FleetService/GetMinerHistory': { roles: SEERS, isWide: false },
  'FleetService/GetInstance': { roles: SEERS, isWide: false },
  'FleetService/StreamLogs': { roles: SUBMITTERS, isWide: false },
  'FleetService/ApplyMiners': { roles: SUBMITTERS, isWide: false },
  'FleetService/PlanMiners': { roles: SUBMITTERS, isWide: false },
  'FleetService/ScaleMiner': { roles: SUBMITTERS, isWide: false },
  'FleetService/RestartMiner': { roles: SUBMITTERS, isWide: false },
  'FleetService/StopMiner': { roles: SUBMITTERS, isWide: false },
  'FleetService/DeleteMiner': { roles: SUBMITTERS, isWide: false },
  'FleetService/PauseMiner': { roles: SUBMITTERS, isWide: false },
  'FleetService/ResumeMiner': { roles: SUBMITTERS, isWide: false },
  'FleetService/RollbackMiner': { roles: SUBMITTERS, isWide: false },
  'FleetService/ReleaseMiner': { roles: SUBMITTERS, isWide: false },
  'HostService/ListHosts': { roles: SEERS, isWide: false },
  'HostService/CordonHost': { roles: OPERATORS, isWide: true },
  'HostService/UncordonHost': { roles: OPERATORS, isWide: true },
  'HostService/DrainHost': { roles: OPERATORS, isWide: true },
  'HostService/RemoveHost': { roles: OPERATORS, isWide: true },
  'HostService/ReleaseBrake': { roles: OPERATORS, isWide: true },
  'PlotService/ListPlots': { roles: ['admin', 'operator', 'viewer'], isWide: true },
  'PlotService/CheckPlot': { roles: OPERATORS, isWide: true },
  'PlotService/RetryPlotJob': { roles: OPERATORS, isWide: true },
  'PlotService/DeletePlot': { roles: OPERATORS, isWide: true },
  'RouterService/ListModels': { roles: [...SEERS, 'renter'], isWide: false },
  'RouterService/AskModel': { roles: [...SUBMITTERS, 'renter'], isWide: false },
  'ModelService/UploadModel': { roles: SUBMITTERS, isWide: false },
  'ModelScoreService/ListModelScores': { roles: SEERS, isWide: false },
  'LeaseService/ListLeases': { roles: [...SEERS, 'renter'], isWide: false },
  'LeaseService/ExtendLease': { roles: [...SUBMITTERS, 'renter'], isWide: false },
  'LeaseService/ReleaseLease': { roles: [...SUBMITTERS, 'renter'], isWide: false },
  'ChallengeService/ListScores': { roles: SEERS, isWide: false },
  'ChallengeService/ListVerdicts': { roles: SEERS, isWide: false },
  'RewardsService/ListRewards': { roles: OPERATORS, isWide: true },
  'StakeService/ListStakePolicies': { roles: OPERATORS, isWide: true },
  'IntentService/ListIntents': { roles: OPERATORS, isWide: true },
} as const satisfies Readonly<Record<string, { readonly roles: Roles; readonly isWide: boolean }>>;

/** A method that the page calls. */
export type Method = keyof typeof NEEDS;

/** Why somebody may not call a method; undefined when they may. The coordinator judges again, whatever the page shows. Pure. */
export function whyNot({ role, namespaces }: Who, method: Method): string | undefined {
  const { roles, isWide } = NEEDS[method];
  if (!(roles as Roles).includes(role)) return `The role ${role} does not allow this.`; // a list of literals is asked for any text
  if (isWide && namespaces.length > 0) return 'This identity is held to its namespaces, and this is not.';
  return undefined;
}
