/** What becomes of each shell command in README and docs when tests run them. A command that is not here is an error. */
import { steeringDenied } from './steering.js';

export type How =
  /** It goes on while the commands after it run, until the next that serves. */
  | { does: 'serve'; until: RegExp; inTree?: boolean; needs?: Needs }
  /** It ends with exit code 0. `beside`: the command of the service that it is about, where that is not the one before. */
  | { does: 'end'; shows: RegExp; beside?: string; needs?: Needs }
  /** It goes on until it is interrupted. */
  | { does: 'watch'; shows: RegExp; beside?: string; needs?: Needs }
  /** It is not run. */
  | { does: 'nothing'; why: string };

/** Programs that must be installed; `bpf`: the right to steer by eBPF. */
type Needs = readonly string[];

/** A service says this when every worker serves. */
const SERVING = /"event":"serving"/;

const serves: How = { does: 'serve', until: SERVING };
const ends = (shows: RegExp, needs: Needs = []): How => ({ does: 'end', shows, needs });
const not = (why: string): How => ({ does: 'nothing', why });

const EXAMPLE: How = { does: 'serve', until: /Ctrl-C here/, inTree: true };
const MEASURES = not('measures for minutes; integration/lab-command runs experiments in short');
const OWN_TESTS = not('runs tests, as this is one');
const HAPROXY = not(
  'needs hosts behind HAProxy; integration/examples-haproxy-told does the same by its runtime socket',
);
const PINNED = not('needs bpffs and compilers; integration/steering-pinned-c runs what the head of the example says');
const NEEDS_NETWORK = not('installs from the network');

const DASHBOARD = 'reuseport server.js --dashboard 9465';
const RANGE = 'reuseport server.js --workers 2..8';
const LIVE: Extract<How, { does: 'watch' }> = { does: 'watch', shows: /^data: \{/m, needs: ['curl'] };

export const PAGES: Readonly<Record<string, Readonly<Record<string, How>>>> = {
  'README.md': {
    'npx reuseport server.js': serves,
    'npm install reuseport': not(
      'installs from the registry; integration/package-install installs what would be there',
    ),
    'npm start': EXAMPLE,
    'npm test': OWN_TESTS,
    'reuseport server.js -w 4': serves,
    'reuseport server.mjs -- --my-flag': serves,
    'reuseport status': ends(/^shop-server: pid \d+, generation 1, /m),
    'reuseport top': { does: 'watch', shows: /^\d\d:\d\d:\d\d +\d/m },
    'reuseport reload': ends(/^reloaded: generation 2, /m),
    'reuseport upgrade': ends(/^upgraded: master \d+ is in charge/m),
    'reuseport scale 8': ends(/^8 workers serve$/m),
    'reuseport steer two-choice': ends(/^steering is two-choice now/m, ['bpf']),
    'reuseport stop': ends(/^stopped$/m),
    'reuseport check': ends(/steer/),
    'reuseport check server.js --config': ends(/^script +\S+\/server\.js +from the command line$/m),
    'reuseport bench --quick': MEASURES,
  },
  'CONTRIBUTING.md': {
    'npm start': EXAMPLE,
    'npm run check': OWN_TESTS,
    'npm test -- unit/ listen-close': OWN_TESTS,
    'npm test': OWN_TESTS,
    'node dist/src/config/docs.js --write': not('writes into this tree; unit/config-docs compares what it would write'),
    'node dist/src/observe/metrics/docs.js --write': not('as above; unit/metrics-table compares'),
  },
  'docs/behind-haproxy.md': {
    'sudo node examples/haproxy/rolling-restart.mjs --requests 500000': not(
      'takes a quarter of an hour, as root; integration/examples-haproxy runs it in short',
    ),
    "echo 'set server hosts/one state drain' | socat - /run/haproxy.sock": HAPROXY,
    "echo 'set server hosts/one state maint' | socat - /run/haproxy.sock": HAPROXY,
    'systemctl restart web': not('needs a unit of systemd; integration/systemd has a stand-in'),
    "echo 'set server hosts/one state ready' | socat - /run/haproxy.sock": HAPROXY,
  },
  'docs/benchmarking.md': {
    'reuseport bench --quick': MEASURES,
    'reuseport bench': MEASURES,
    'reuseport bench stall churn --out results': MEASURES,
    'reuseport bench list': ends(/^ *stall /m),
    'reuseport bench --json > result.json': MEASURES,
    'sudo reuseport bench stall reload --round-trip 20 --loss 0.5': MEASURES,
    'reuseport bench compare server.js': MEASURES,
    'reuseport bench compare server.js --path /api --load keep-alive --rate 500 --workers 4': MEASURES,
    'reuseport bench compare server.js --load bursts': MEASURES,
    'reuseport bench sweep server.js': MEASURES,
    'reuseport bench size --rps 2000 --p50 20ms --cpu 1.4ms': ends(/^40 requests under way at a time: 2000 come in a/m),
  },
  'docs/check.md': {
    'reuseport check': ends(/steer/),
    'reuseport check --json': ends(/"rows":/),
    'reuseport check --pool 4': ends(/× 4 \(--pool\)/),
  },
  'docs/compatibility.md': {
    [`node -e "import('./scripts/lib/frameworks.mjs').then((setup) => setup.ensureFrameworks({ log: console.log }))"`]:
      NEEDS_NETWORK,
    'node --test dist/test/integration/frameworks.test.js': OWN_TESTS,
  },
  'docs/dashboard.md': {
    [DASHBOARD]: serves,
    'openssl rand -hex 24 > /etc/shop/dashboard-token': ends(/^/, ['openssl']),
    'reuseport server.js --dashboard 0.0.0.0:9465 --dashboard-token-file /etc/shop/dashboard-token': {
      does: 'serve',
      until: SERVING,
      needs: ['openssl'],
    },
    'curl -N -H "Authorization: Bearer $(cat /etc/shop/dashboard-token)" http://127.0.0.1:9465/events': {
      ...LIVE,
      needs: ['curl', 'openssl'],
    },
    'curl -N http://127.0.0.1:9465/events': { ...LIVE, beside: DASHBOARD },
  },
  'docs/operations.md': {
    'pgrep -af ^reuseport:': {
      does: 'end',
      shows: /^\d+ reuseport: worker 0 gen 1 shop-server$/m,
      beside: RANGE,
      needs: ['pgrep'],
    },
    'reuseport server.js --daemon --log-file /var/log/shop.log --pidfile /run/shop.pid': {
      does: 'serve',
      until: /^shop-server serves as pid /m,
    },
    [RANGE]: serves,
    'reuseport server.js --workers 1..auto': serves,
    'reuseport check server.js -w 4 --config': ends(/^workers +4 +from --workers$/m),
  },
  'docs/packaging.md': {
    'npm explore reuseport -- npm run install': not(
      'needs an installed package; it compiles, as the set-up of this tree does',
    ),
  },
  'docs/privilege.md': {
    'sudo reuseport /srv/app/server.js --user web': not(
      'needs root, and a user "web"; integration/rights-user has others',
    ),
  },
  'docs/steering.md': {
    'reuseport server.js --steer auto': serves,
    'reuseport steer two-choice': ends(/^steering is two-choice now/m, ['bpf']),
    'reuseport steer weighted:1,1,8': ends(/^steering is weighted:1,1,8 now/m, ['bpf']),
    'apt-get install clang bpftool libbpf-dev': NEEDS_NETWORK,
    'cd examples/pinned': PINNED,
    'clang -O2 -g -target bpf -I ../../include -I /usr/include/$(uname -m)-linux-gnu -c canary.bpf.c -o canary.bpf.o':
      PINNED,
    'mkdir /sys/fs/bpf/shop': PINNED,
    'bpftool prog load canary.bpf.o /sys/fs/bpf/shop/canary pinmaps /sys/fs/bpf/shop': PINNED,
    'reuseport run server.js --steer pinned:/sys/fs/bpf/shop/canary': PINNED,
    'reuseport steer pinned:/sys/fs/bpf/shop/canary': PINNED,
    'bpftool prog load canary.bpf.o /sys/fs/bpf/shop/canary map name sockets pinned /sys/fs/bpf/shop/sockets map name state pinned /sys/fs/bpf/shop/state':
      PINNED,
  },
  'docs/threads.md': {
    'reuseport server.js --workers 2 --threads 4': serves,
  },
  'docs/uwebsockets.md': {
    'npm install uNetworking/uWebSockets.js#v20.52.0': NEEDS_NETWORK,
    'npx reuseport server.js': serves,
  },
  'docs/work-beside-requests.md': {
    'npm install bullmq ioredis': NEEDS_NETWORK,
    'reuseport check --pool 4': ends(/× 4 \(--pool\)/),
    'reuseport check server.js --config -w 2 --pool 4': ends(/^workers +2 +from --workers$/m),
  },
};

/** Why it is not run here, as the reason of a skip; false where it is. */
export function whyNot(how: How, isInstalled: (program: string) => boolean): string | false {
  if (how.does === 'nothing') return how.why;
  for (const need of how.needs ?? []) {
    const reason = need === 'bpf' ? steeringDenied() : !isInstalled(need) && `${need} is not installed`;
    if (reason !== false) return reason;
  }
  return false;
}
