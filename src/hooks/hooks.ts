/** The functions that a config file may export beside its options, called when something happens to the service. */

interface Of {
  /** The service. */
  readonly name: string;
}

export interface StartingAbout extends Of {
  /** Of this master. */
  readonly pid: number;
  readonly version: string;
  readonly script: string;
  /** Another master of the service lives, and hands it over: this is an upgrade. */
  readonly succeeds: boolean;
}

export interface ReadyAbout extends Of {
  readonly workers: number;
  /** As in `127.0.0.1:3000`, and the paths of unix sockets. */
  readonly addresses: readonly string[];
}

export interface WorkerAbout extends Of {
  /** null for a spare, which has none yet. */
  readonly slot: number | null;
  readonly pid: number | null;
  readonly generation: number;
}

export interface WorkerReadyAbout extends WorkerAbout {
  /** Since its start, or since a spare got its slot. */
  readonly tookMs: number;
}

export interface WorkerExitAbout extends WorkerAbout {
  /** null where it ended by a signal, or under another master before. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Did the master want it to end. */
  readonly asked: boolean;
}

export interface ReloadAbout extends Of {
  readonly generation: number;
  /** false: it stopped before it was complete, and the predecessors serve on. */
  readonly ok: boolean;
  /** Why it stopped; null when it did not. */
  readonly why: string | null;
}

export interface StopAbout extends Of {
  /** With which the command ends. */
  readonly code: number;
}

export interface Hooks {
  /** Before anything is started, which waits until this has ended. */
  onStarting(about: StartingAbout): unknown;
  /** Every worker that is wanted serves; once. */
  onReady(about: ReadyAbout): unknown;
  /** The process of a worker has been started. */
  onWorkerStart(about: WorkerAbout): unknown;
  /** A worker serves. */
  onWorkerReady(about: WorkerReadyAbout): unknown;
  /** A worker has ended, for whatever reason. */
  onWorkerExit(about: WorkerExitAbout): unknown;
  /** A reload has ended, well or not. */
  onReload(about: ReloadAbout): unknown;
  /** All workers are gone. The command ends when this has ended. Not in a master that hands over to another. */
  onStop(about: StopAbout): unknown;
}

export type HookName = keyof Hooks;
export type HookAbout<Name extends HookName> = Parameters<Hooks[Name]>[0];

export const HOOK_NAMES = [
  'onStarting',
  'onReady',
  'onWorkerStart',
  'onWorkerReady',
  'onWorkerExit',
  'onReload',
  'onStop',
] as const satisfies readonly HookName[];

/** What the supervisor's decisions know of what happens. */
export type Happening = {
  [Name in HookName]: { readonly hook: Name; readonly about: Omit<HookAbout<Name>, 'name'> };
}[HookName];
