import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Sample } from '../../src/observe/metrics/definition.js';
import type { MetricsReading } from '../../src/observe/metrics/reading.js';
import { datagramsOf } from '../../src/observe/statsd/datagrams.js';
import { type Baseline, linesOf, pathOf } from '../../src/observe/statsd/lines.js';

const nothing = {} as MetricsReading;

function push(name: string, type: 'counter' | 'gauge', samples: readonly Sample[], before: Baseline | null) {
  return linesOf([[name, { type, read: () => samples }]], nothing, 'shop', before);
}

const cpu = (value: number, before: Baseline | null) =>
  push('reuseport_master_cpu_seconds_total', 'counter', [{ labels: {}, value }], before);

const requests = (value: number, before: Baseline | null, slot = 0) =>
  push('reuseport_requests_total', 'counter', [{ labels: { slot }, value }], before);

it('a name has a dot behind ours, and no _total', () => {
  assert.equal(pathOf('reuseport_requests_total'), 'reuseport.requests');
  assert.equal(pathOf('reuseport_open_connections'), 'reuseport.open_connections');
});

it('a gauge is sent as it is, with the service and its labels as tags', () => {
  const { lines } = push('reuseport_slots', 'gauge', [{ labels: { state: 'ready' }, value: 4 }], null);
  assert.deepEqual(lines, ['reuseport.slots:4|g|#service:shop,state:ready']);
});

it('a counter is sent by what was added, from the first push on, and not where that is nothing', () => {
  const first = requests(100, null);
  assert.deepEqual(first.lines, []);
  const second = requests(130, first.baseline);
  assert.deepEqual(second.lines, ['reuseport.requests:30|c|#service:shop,slot:0']);
  assert.deepEqual(requests(130, second.baseline).lines, []);
});

it('a counter that begins anew, or that comes later, counts from nothing', () => {
  const { baseline } = requests(130, null);
  assert.deepEqual(requests(7, baseline).lines, ['reuseport.requests:7|c|#service:shop,slot:0']);
  assert.deepEqual(requests(9, baseline, 1).lines, ['reuseport.requests:9|c|#service:shop,slot:1']);
});

it('seconds are added without the digits that binary fractions leave', () => {
  assert.deepEqual(cpu(0.3, cpu(0.1, null).baseline).lines, ['reuseport.master_cpu_seconds:0.2|c|#service:shop']);
});

it('what would separate lines, parts or tags is replaced in values; a colon is not, as addresses have it', () => {
  const labels = { address: '[::]:80', used: 'weighted:1,2|5 #\n@' };
  const { lines } = push('reuseport_x', 'gauge', [{ labels, value: 1 }], null);
  assert.deepEqual(lines, ['reuseport.x:1|g|#service:shop,address:[::]:80,used:weighted:1_2_5____']);
});

it('datagrams are filled up to their limit in bytes and not beyond, in order', () => {
  assert.deepEqual(datagramsOf([]), []);
  assert.deepEqual(datagramsOf(['aa', 'bb', 'cc'], 5), ['aa\nbb', 'cc']);
  assert.deepEqual(datagramsOf(['aa', 'bb'], 4), ['aa', 'bb']);
  assert.deepEqual(datagramsOf(['ää', 'b'], 5), ['ää', 'b']);
  assert.deepEqual(datagramsOf(['long line', 'b'], 3), ['long line', 'b']);
});
