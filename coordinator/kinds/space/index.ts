export { placePlots } from './place-plots.js';
export type { PlotHost, PlotPlace, PlotPlacement } from './place-plots.js';
export { SpaceHeads } from './space-heads.js';
export { spaceKind } from './space-kind.js';
export type { ScansOnHost } from './scans-on-host.js';
