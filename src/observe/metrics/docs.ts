/** Generates docs/metrics.md from the table of metrics. As a program: `node dist/src/observe/metrics/docs.js --write`. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { MetricGroup } from './definition.js';
import { METRIC_GROUPS } from './table.js';

const INTRO = `# Metrics and health

<!-- Generated from src/observe/metrics/table.ts by: node dist/src/observe/metrics/docs.js --write -->

\`reuseport server.js --metrics 9464\` has the master answer three paths over HTTP (GET and HEAD), on 127.0.0.1 where only a
port is given; \`--metrics 0.0.0.0:9464\` opens them to others. Nothing of them is secret, nothing can be changed by them, and
there is no TLS and no password: let only your own network reach them.

| path       | answer                                                                                |
| ---------- | ------------------------------------------------------------------------------------- |
| \`/metrics\` | Prometheus text; all that stands below                                                |
| \`/healthz\` | 200 as long as the master answers                                                     |
| \`/readyz\`  | 200 while every address has a worker that serves, else 503; JSON says why it has none |

The master tells what it knows, reads the state page, its listeners and \`/proc\`. No worker is asked, no request is touched,
and between two scrapes nothing happens at all. \`npm run bench:promises -- --only scrape,metrics\` measures what it costs.

A port that somebody else has is an error at the start (\`ERR_METRICS_BIND\`, exit code 2); at an upgrade it leaves the present
master in charge. An upgrade passes the listener on: who asks meanwhile waits for a moment.

## Health

\`/readyz\` says 503 from the moment a stop begins, while requests under way are still answered: a load balancer takes the
machine out before its connections end. A worker that crashes is no reason to restart the master, which restarts it: so
\`/healthz\` does not look at workers. In Kubernetes:

\`\`\`yaml
livenessProbe: { httpGet: { path: /healthz, port: 9464 } }
readinessProbe: { httpGet: { path: /readyz, port: 9464 }, periodSeconds: 2 }
\`\`\`

with \`--metrics 0.0.0.0:9464\`, because the kubelet asks from outside.

## Autoscaling

\`reuseport_saturation_ratio\` is one figure for it: 0 when every loop waits, 1 when none has time left. It is the share of time
that the loops ran or waited for a processor since the last scrape, or the fill of their accept queues where that is more; a
slot that is stuck counts as 1. Scale out at 0.6 to 0.7, so that there is room for a crash and for a burst. CPU is no such
figure: a loop can be full on a machine that is half idle, and the other way round.

## statsd

\`--statsd host:port\` sends the same metrics by UDP: at the start, and then each \`--statsd-interval\` (10 s), from the master alone.
It needs no \`--metrics\`. Tags are those of DogStatsD, which the Datadog agent, Telegraf (\`datadog_extensions\`), Vector and
Prometheus' statsd_exporter read; the first statsd, of Etsy, knows no tags.

\`\`\`text
reuseport.open_connections:12|g|#service:shop,slot:3
reuseport.requests:1840|c|#service:shop,slot:3
reuseport.accept_queue_length:0|g|#service:shop,address:0.0.0.0:8080,slot:3
\`\`\`

- **Names** are those below, with a dot behind \`reuseport\` and without \`_total\`. \`service\` is the name of the service, the other tags
  are the labels. A comma, a bar or a blank in a value becomes \`_\`.
- **Counters** are sent as what has been added since the push before, and not at all where that is nothing. What stood there
  at the first push does not count, so an upgrade makes no leap; what happens between the last push and the end of the
  service is not told.
- **Gauges** are sent each time. "Since the last scrape" means since the push before.
- **Datagrams** hold as many lines as fit into 1432 bytes, so that none is cut into fragments. One that is lost is lost: nobody
  answers, and nothing waits. A name that cannot be resolved, or a network that refuses, is told once (\`statsd-failed\`).

## OpenTelemetry

[examples/opentelemetry/collector.yaml](../examples/opentelemetry/collector.yaml) has the Collector read what
\`--metrics 127.0.0.1:9464\` tells, and send it on by OTLP, under the names below. The master speaks no OTLP of its own: the
Collector, and the agent of whoever stores the metrics, read this text already, without an SDK in each service. Traces are
the program's: its instrumentation runs in the workers as it does without us; \`--node-arg=--require=…\` loads it first.

## Dashboard and alerts

[examples/grafana](../examples/grafana) has a dashboard to import. [examples/prometheus](../examples/prometheus) has alert rules:

- \`ReuseportQueueGrowing\`, \`ReuseportQueueOverflows\`, \`ReuseportSaturated\`: more comes than the workers take.
- \`ReuseportStuckSlot\`: an event loop has stood still for more than a second.
- \`ReuseportCrashLoop\`, \`ReuseportWorkersCrash\`: workers end unasked.
- \`ReuseportReloadAborted\`: the former workers serve on, with the former code.
- \`ReuseportStranger\`: a socket that is not ours shares an address.
- \`ReuseportAddressWithoutWorker\`: nobody serves it.

Counters begin at 0 with each worker or master that counts; \`rate()\` and \`increase()\` take that into account. Use \`sum without
(slot)\` of rates, never the rate of a sum.`;

function cells(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

function section({ title, intro, metrics }: MetricGroup): string {
  const headings = ['Metric', 'Type', 'Labels', 'Meaning'];
  const rows = Object.entries(metrics).map(([name, { type, labels, help }]) => {
    return cells([`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', ') || '–', help]);
  });
  // The formatter would pad the columns, and the file would differ from what is generated.
  const table = ['<!-- prettier-ignore -->', cells(headings), cells(headings.map(() => '---')), ...rows];
  return `## ${title}\n\n${intro}\n\n${table.join('\n')}`;
}

/** The text of docs/metrics.md. */
export function metricsDocs(): string {
  return `${[INTRO, ...METRIC_GROUPS.map(section)].join('\n\n')}\n`;
}

if (argv[1] !== undefined && fileURLToPath(import.meta.url) === resolve(argv[1])) {
  if (argv.includes('--write')) await writeFile(resolve('docs/metrics.md'), metricsDocs());
  else stdout.write(metricsDocs());
}
