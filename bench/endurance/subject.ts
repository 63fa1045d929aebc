/** What is put under load: ours, or a rival. */

export interface SubjectPlan {
  workers: number;
  /** Of `reuseport run`; rivals have none. */
  options: readonly string[];
  /** The module `ws`; undefined: no WebSockets. */
  wsModule: string | undefined;
}

export interface Serving {
  pid: number;
  /** As the accept log names it. */
  slot: string;
}

export interface Subject {
  readonly name: string;
  readonly port: number;
  /** Where workers write down what they accept. */
  readonly acceptedFile: string;
  /** Workers that serve now, where they are processes. */
  serving(): Promise<Serving[]>;
  /** Resolves when every worker has been replaced. @throws Error when that fails. */
  reload(): Promise<void>;
  /** The end of what it has printed. */
  log(): string;
  /** Ends it, kills what remains, and says what was left behind. */
  stop(): Promise<string[]>;
}

export interface Rival {
  name: string;
  /** Why it cannot take part in a scenario; undefined when it can. */
  refuses(scenario: string): string | undefined;
  /** @throws Error with its output when it does not start. */
  start(plan: SubjectPlan): Promise<Subject>;
}

export const HOST = '127.0.0.1';
