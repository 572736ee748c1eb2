import type { AgentCareConfig } from '../common/config/agent-care-config.js';
import type { Labels } from '../common/model/miner.js';
import type { Resources } from '../common/model/resources.js';
import type { ChannelSecurity } from '../common/rpc/index.js';
import type { ContentSource } from './builds/index.js';
import type { Identity } from './identity/index.js';
import type { ImageBroughtListener } from './images/index.js';
import type { PlotProcessOptions } from './kinds/space/desk/plot-word.js';
import type { Runtime, RuntimeInfo } from './runtime/runtime.js';

/** How an agent runs; times in milliseconds. */
export interface AgentOptions {
  /** `host:port` of the coordinator, or of several with commas. */
  readonly coordinator: string;
  readonly security: ChannelSecurity;
  /** What is kept fresh; undefined for a host that speaks in clear. */
  readonly identity?: Identity | undefined;
  /** Folder of the agent's own state. */
  readonly dataDir: string;
  /** Taken at the first start only; '' draws one. */
  readonly hostId: string;
  /** Name shown to people; '' means the machine's own. */
  readonly hostName: string;
  readonly labels: Labels;
  /** Claims less, or more, than what was found on the host. */
  readonly capacity: Partial<Resources>;
  readonly reserved: Resources;
  /** Managed range for automatic host ports, inclusive. */
  readonly portRange: { readonly start: number; readonly end: number };
  /** Period of usage reports; undefined takes the coordinator's. */
  readonly usagePeriodMs: number | undefined;
  readonly version: string;
  /** What `openRuntime` opens. */
  readonly runtimeKind: RuntimeInfo['kind'];
  readonly openRuntime: (hostId: string, onImageBrought: ImageBroughtListener, contents: ContentSource) => Runtime;
  /** Image of the program that proves GPUs; '' for none. */
  readonly gpuImage: string;
  /** What the agent does for its host's sake. */
  readonly care: AgentCareConfig;
  /** Undefined where the host has no folders of plots. */
  readonly plots?: PlotProcessOptions | undefined;
  /** Folder of secrets, on a tmpfs; undefined where the runtime cannot give any to containers. */
  readonly secretsFolder: string | undefined;
  /** Why no guard can work here; '' where one can. */
  readonly unguarded: string;
  /** 0 ≤ x < 1; spreads reconnects. */
  readonly random: () => number;
}
