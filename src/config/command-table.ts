/** Every command, and the options that are not `run`'s: for parsing and for help. */

export interface CommandOption {
  /** Without the dashes. */
  readonly word: string;
  readonly short?: string;
  /** How the help names the value; absent for a switch. */
  readonly label?: string;
  readonly meaning: string;
}

interface CommandRow {
  /** What follows the command on the command line. */
  readonly usage: string;
  readonly meaning: string;
  /** Lines of its help that are to stay as they are. */
  readonly notes?: readonly string[];
  /** Empty for `run`, whose options are in the option table. */
  readonly options: readonly CommandOption[];
}

const NAME: CommandOption = {
  word: 'name',
  short: 'n',
  label: '<name>',
  meaning: 'which master; not needed when only one runs',
};
const CONTROL: CommandOption = { word: 'control', label: '<path>', meaning: 'control socket of the master' };
const JSON_OUTPUT: CommandOption = { word: 'json', meaning: 'one JSON object instead of text' };
const TIMEOUT: CommandOption = {
  word: 'timeout',
  label: '<duration>',
  meaning: 'how long to wait until it has happened (default: no limit)',
};
const QUICK: CommandOption = { word: 'quick', meaning: 'do not wait for requests in flight' };

const BENCH: readonly CommandOption[] = [
  { ...QUICK, meaning: 'a first look: few rivals, short and few rounds' },
  { word: 'out', label: '<folder>', meaning: 'where report.html and results.json go (default: bench-results)' },
  { word: 'rounds', label: '<n>', meaning: 'how often everything is measured' },
  { word: 'seconds', label: '<n>', meaning: 'length of one measurement' },
  { word: 'pin', meaning: 'the last core for the load generator, the others for the servers' },
  { word: 'rivals', label: '<names>', meaning: 'these and no others, comma-separated: cluster-rr,idle,hash' },
  {
    word: 'closed-loop',
    label: '<name>',
    meaning: 'who asks at full speed: loadgen (ours), wrk, autocannon, h2load, oha',
  },
  {
    word: 'round-trip',
    label: '<ms>',
    meaning: 'as root: in network namespaces with a delay line between them, for experiments that can be',
  },
  { word: 'loss', label: '<percent>', meaning: 'the same, with so many packets lost each way' },
  { word: 'install', meaning: "as root: install those of Debian's packages that the chosen experiments lack" },
  { word: 'path', label: '<path>', meaning: 'compare, sweep: what is asked for (default: /)' },
  { word: 'port', label: '<n>', meaning: 'compare, sweep: where the script listens, if it does not obey PORT' },
  {
    word: 'load',
    label: '<kind>',
    meaning: 'compare: new connections, keep-alive, or bursts on those (default: the first two)',
  },
  { word: 'rate', label: '<n>', meaning: 'compare: requests per second of the load by the clock' },
  { word: 'workers', short: 'w', label: '<n>', meaning: 'compare: workers of each (default: one per core)' },
  { word: 'rps', label: '<n>', meaning: 'size: requests per second' },
  { word: 'p50', label: '<duration>', meaning: 'size: how long a request takes, waiting included' },
  { word: 'cpu', label: '<duration>', meaning: 'size: how long of that on a processor, as 250us or 1.5ms' },
  { word: 'utilization', label: '<share>', meaning: 'size: how much of a core may be used (default: 0.7)' },
  { word: 'cores', label: '<n>', meaning: 'size: cores of the machine (default: of this one)' },
  { ...JSON_OUTPUT, meaning: 'print results.json on standard output, and nothing else there' },
];

export const COMMANDS = {
  run: {
    usage: '<script> [options] [-- args for the script]',
    meaning: 'run a script on every core (the default command)',
    options: [],
  },
  status: { usage: '[options]', meaning: 'show the workers of a master', options: [NAME, CONTROL, JSON_OUTPUT] },
  top: {
    usage: '[options]',
    meaning: 'watch a service live: workers, queues, connections; keys to reload, scale and steer it',
    notes: [
      'r reload   + - one worker more or less   s another policy   p pause   q quit',
      'Where its output is no terminal: a line of figures for each interval.',
    ],
    options: [
      NAME,
      CONTROL,
      { word: 'interval', label: '<duration>', meaning: 'how often to look, 100ms to 1h (default: 1s)' },
    ],
  },
  reload: {
    usage: '[options]',
    meaning: 'replace every worker, without losing a connection',
    options: [NAME, CONTROL, TIMEOUT, JSON_OUTPUT],
  },
  upgrade: {
    usage: '[options]',
    meaning: 'replace the master itself, and then every worker, without losing a connection',
    options: [NAME, CONTROL, TIMEOUT],
  },
  stop: { usage: '[options]', meaning: 'stop a master and its workers', options: [NAME, CONTROL, TIMEOUT, QUICK] },
  scale: { usage: '<n> [options]', meaning: 'change the number of workers', options: [NAME, CONTROL, TIMEOUT] },
  steer: {
    usage: '<policy> [options]',
    meaning: 'change how the kernel chooses a worker, live',
    options: [NAME, CONTROL],
  },
  check: {
    usage: '[--config [path] [script]] [options]',
    meaning: 'show what this machine allows, and what would mend the rest',
    notes: [
      'check                           what this machine allows',
      'check server.js -w 4 --config   what run would be configured as, and where each value comes from',
      'check --config conf/shop.mjs    the same with that config file; options of run may stand beside it',
    ],
    options: [
      { word: 'config', label: '[path]', meaning: 'show the configuration of run instead, each value with its source' },
      {
        word: 'pool',
        label: '<n>',
        meaning: 'threads or processes that each worker has for work beside requests: do all of them fit',
      },
      JSON_OUTPUT,
    ],
  },
  bench: {
    usage: '[scenario…|list|report|size|compare|sweep] [options]',
    meaning: 'measure what steering is worth beside other ways of sharing a port, with a report',
    notes: [
      'bench                       all experiments: three hours; with --quick five minutes',
      'bench stall churn           some of them; "bench list" names them, each with its question',
      'bench report a.json b.json  a report of a results.json again, or a comparison of several',
      'bench compare server.js     your program under each way of sharing a port',
      'bench sweep server.js       how many workers your program wants',
      'bench size                  how many workers a load needs: --rps 2000 --p50 20ms --cpu 1.5ms',
    ],
    options: BENCH,
  },
  help: { usage: '[command]', meaning: 'show help', options: [] },
  version: { usage: '', meaning: 'show the version', options: [] },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];

export function commandRow(name: CommandName): CommandRow {
  return COMMANDS[name];
}

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(COMMANDS, text);
}
