// examples/kubernetes: manifests that a cluster takes, checked by the API's own schemas and types, and what they promise.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { parse } from 'yaml';
import { parseDuration } from '../../src/config/duration.js';
import { METRICS } from '../../src/observe/metrics/table.js';
import { notRoot, temporaryFolder } from '../helpers/cli.js';
import { root, runCommand, startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';

const folder = join(root, 'examples', 'kubernetes');
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));
const read = (name: string): unknown => parse(readFileSync(join(folder, name), 'utf8'));

type Manifest = Record<string, unknown> & { apiVersion: string; kind: string };

/** Where the type of each kind is. */
const KINDS: Record<string, { make: new (data: never) => { validate(): void }; module: string }> = {
  Deployment: { make: Deployment, module: 'kubernetes-models/apps/v1/Deployment' },
  Service: { make: Service, module: 'kubernetes-models/v1/Service' },
  ConfigMap: { make: ConfigMap, module: 'kubernetes-models/v1/ConfigMap' },
  PodDisruptionBudget: { make: PodDisruptionBudget, module: 'kubernetes-models/policy/v1/PodDisruptionBudget' },
  HorizontalPodAutoscaler: {
    make: HorizontalPodAutoscaler,
    module: 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler',
  },
  PodMonitor: {
    make: PodMonitor,
    module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor',
  },
};

function kindOf(manifest: Manifest) {
  const kind = KINDS[manifest.kind];
  assert.ok(kind !== undefined, `no schema for ${manifest.kind}`);
  return kind;
}

function validate(manifest: Manifest): void {
  const { make: Model, module } = kindOf(manifest);
  assert.ok(module.endsWith(`${manifest.apiVersion}/${manifest.kind}`), `${manifest.kind} of ${manifest.apiVersion}`);
  new Model(manifest as never).validate();
}

for (const name of files) {
  test(`${name} has the fields that the API asks for, with values of their types`, () => {
    const manifest = read(name) as Manifest;
    validate(manifest);
    const broken = structuredClone(manifest);
    broken['metadata'] = { name: 7 };
    assert.throws(() => validate(broken), /metadata.name must be string/);
  });
}

test('no manifest has a field that the API does not know', () => {
  // The schemas let unknown fields pass; the types do not, of an object that stands there as it is.
  const types = temporaryFolder();
  symlinkSync(join(root, 'node_modules'), join(types, 'node_modules'));
  mkdirSync(join(types, 'm'));
  const write = (name: string, manifest: Manifest) => {
    const line = `import type { I${manifest.kind} } from '${kindOf(manifest).module}';\n`;
    writeFileSync(
      join(types, 'm', `${name}.ts`),
      `${line}export const a: I${manifest.kind} = ${JSON.stringify(manifest)};\n`,
    );
  };
  for (const name of files) write(name, read(name) as Manifest);
  const planted = read('deployment.yml') as Manifest & { spec: { template: { spec: Record<string, unknown> } } };
  planted.spec.template.spec['terminationGraceSeconds'] = 40;
  write('planted', planted);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--types', '', '--module', 'nodenext'];
  const names = readdirSync(join(types, 'm')).map((name) => join(types, 'm', name));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...names], { encoding: 'utf8', cwd: types });
  const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
  assert.equal(errors.length, 1, stdout);
  assert.match(errors[0] ?? '', /planted\.ts.*terminationGraceSeconds.* does not exist/);
});

const variants = ['deployment.yml', 'deployment-ebpf.yml'].map((name) => {
  const spec = new Deployment(read(name) as never).spec?.template.spec;
  const container = spec?.containers[0];
  assert.ok(spec !== undefined && container !== undefined);
  const env = Object.fromEntries((container.env ?? []).map(({ name: key, value }) => [key, value ?? '']));
  return { name, spec, container, env, args: container.args ?? [] };
});

for (const { name, spec, container, env, args } of variants) {
  test(`${name}: the pod is given the time that it needs to stop`, () => {
    const [, seconds] = container.lifecycle?.preStop?.exec?.command ?? [];
    const grace = parseDuration(env['REUSEPORT_GRACEFUL_TIMEOUT'] ?? '') ?? Number.NaN;
    assert.ok(Number(spec.terminationGracePeriodSeconds) >= Number(seconds) + grace / 1000 + 5);
  });

  test(`${name}: its command line is one, and its probes ask where health is told`, async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, args[0] ?? ''), '');
    mkdirSync(join(cwd, 'run'), { mode: 0o700 });
    const checked = await runCommand(['check', '--config', '--json', ...args], {
      cwd,
      env: { ...env, XDG_RUNTIME_DIR: join(cwd, 'run'), TMPDIR: cwd },
    });
    assert.equal(checked.code, 0, checked.stderr);
    const { options } = JSON.parse(checked.stdout) as { options: Record<string, { value: string; source: string }> };
    const metrics = container.ports?.find((port) => port.name === 'metrics')?.containerPort;
    assert.equal(options['metrics']?.value, `0.0.0.0:${metrics}`);
    assert.equal(options['gracefulTimeout']?.source, 'from REUSEPORT_GRACEFUL_TIMEOUT');
    const asked = [container.startupProbe, container.readinessProbe, container.livenessProbe].map((probe) => [
      probe?.httpGet?.path,
      probe?.httpGet?.port,
    ]);
    assert.deepEqual(asked, [
      ['/readyz', 'metrics'],
      ['/readyz', 'metrics'],
      ['/healthz', 'metrics'],
    ]);
  });
}

/** The rights of that container: what setpriv makes of its security context. */
function rightsOf(variant: (typeof variants)[number] | undefined): string[] {
  const { add = [] } = variant?.container.securityContext?.capabilities ?? {};
  const held = add.map((word) => `+${word.toLowerCase()}`);
  return ['setpriv', `--bounding-set=${['-all', ...held].join(',')}`, '--inh-caps=-all', '--no-new-privs'];
}

/** What `--steer auto` comes to with these rights. */
async function policyUnder(rights: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(['check', '--json'], { through: rights });
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { steer: { used: string } }).steer.used;
}

test(
  'the capabilities of deployment-ebpf.yml are enough, and CAP_BPF alone is what eBPF needs',
  {
    skip: notRoot || steeringDenied(),
  },
  async () => {
    const [, ebpf] = variants;
    assert.equal(await policyUnder(rightsOf(ebpf)), 'idle');
    const rights = rightsOf(ebpf).map((word) => word.replaceAll(/,\+(setuid|setgid|kill)/g, ''));
    assert.ok(rights[1]?.endsWith('=-all,+bpf'), rights[1]);
    assert.equal(await policyUnder(rights), 'idle');
    assert.equal(await policyUnder(rights.map((word) => word.replace(',+bpf', ''))), 'adaptive');

    const users = ebpf?.args.slice(-4) ?? [];
    assert.deepEqual([users[0], users[2]], ['--user', '--group']);
    const service = await startService(['http-hello.cjs', '--steer', 'auto', ...users], { through: rightsOf(ebpf) });
    const [first = 0] = await service.workerPids();
    assert.match(readFileSync(`/proc/${first}/status`, 'utf8'), /^Uid:\s+1000\s+1000/m);
    assert.equal((await service.status()).steer.used, 'idle');
    const { code, stderr } = await service.command('reload');
    assert.equal(code, 0, stderr);
    await service.end();
  },
);

test('the figure that pods are scaled by is a metric of ours, by one name in all places', () => {
  const hpa = new HorizontalPodAutoscaler(read('hpa.yml') as never);
  const name = hpa.spec?.metrics?.[0]?.pods?.metric.name ?? '';
  assert.ok(METRICS.has(name), name);
  assert.equal(hpa.spec?.scaleTargetRef.name, 'shop');
  const { data = {} } = new ConfigMap(read('prometheus-adapter.yml') as never);
  const { rules } = parse(data['config.yaml'] ?? '') as {
    rules: { seriesQuery: string; name: { matches: string }; metricsQuery: string }[];
  };
  assert.equal(rules[0]?.name.matches, name);
  assert.ok(rules[0]?.seriesQuery.startsWith(`${name}{`));
});

test('service, disruption budget and monitor mean the pods of the deployment', () => {
  const labels = new Deployment(read('deployment.yml') as never).spec?.template.metadata?.labels;
  const selectors = [
    new Service(read('service.yml') as never).spec?.selector,
    new PodDisruptionBudget(read('disruption-budget.yml') as never).spec?.selector?.matchLabels,
    new PodMonitor(read('pod-monitor.yml') as never).spec.selector.matchLabels,
  ];
  for (const selector of selectors) assert.deepEqual(selector, labels);
});
