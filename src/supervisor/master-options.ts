import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import type { Happening } from '../hooks/hooks.js';
import type { RescueWay } from '../config/resolved-config.js';
import type { WorkerSettings } from '../channel/messages.js';
import type { WorkerUser } from '../privilege/worker-user.js';
import type { ActivatedSockets } from '../systemd/activated.js';
import type { CustodyEntry } from './custody.js';
import type { Descendants } from './descendants.js';
import type { Launch } from './launch.js';
import type { Legacy, LiveOptions } from './legacy.js';
import type { Os } from './os.js';
import type { SizingOptions } from './sizing-watch.js';
import type { SupervisorSettings } from './state.js';

export interface MasterOptions {
  name: string;
  /** Policy of steering, or `auto`. */
  steer: string;
  /** As they were written: what a change of them by the next start is told by. */
  configured: LiveOptions;
  /** Longest turn of a loop before its queue is rescued, in milliseconds; 0: never. */
  rescueAfterMs: number;
  rescueBy: RescueWay;
  /** How long a loop may stand still before its worker is given up, in milliseconds; 0: for ever. */
  hangTimeoutMs: number;
  supervisor: SupervisorSettings;
  /** Of a range of workers. */
  sizing: SizingOptions;
  worker: WorkerSettings;
  launch: Launch;
  /** Whose processes the workers are; null: the master's own user. */
  user: WorkerUser | null;
  /** Let busy workers hand open connections to idle ones. */
  rebalance: boolean;
  /** Share addresses with sockets that are not ours. */
  join: boolean;
  /** Another master of the service lives until this one takes over. */
  succeeds: boolean;
}

/** Files that the master has opened for what workers write. */
export interface LogDescriptors {
  /** What they print; null: where the master's goes. */
  output: number | null;
  /** null: there is none, or it goes to standard output. */
  access: number | null;
}

/** What the world outside is told. */
export interface MasterHooks {
  /** Every wanted slot serves; once. */
  serving(): void;
  /** For the hooks of the config file. */
  happened(happening: Happening): void;
  /** Sockets that this process was started with. */
  activated: Pick<ActivatedSockets, 'take' | 'has'>;
  /** What workers start. */
  descendants: Pick<Descendants, 'newMark' | 'started' | 'gone'>;
  logs: { readonly descriptors: LogDescriptors };
  /** Does somebody else keep that listener open when the service ends: systemd, for the next start. */
  outlives(entry: CustodyEntry): boolean;
  kept(entry: CustodyEntry): void;
  /** Not when the service ends. */
  closed(entry: CustodyEntry): void;
  /** Keeps it for the next master, for the case that this one is killed. */
  remember(legacy: Legacy): void;
}

/** All that a master is given. */
export interface MasterSetting {
  addon: Addon;
  os: Os;
  log: Logger;
  options: MasterOptions;
  hooks: MasterHooks;
}

export interface MasterEnd {
  code: number;
  error: { code: string; message: string } | null;
}
