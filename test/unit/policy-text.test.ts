import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type AskedPolicy, formatPolicy, parsePolicy, POLICY_NAMES } from '../../src/steering/policy-text.js';

const ones = (count: number) => Array.from({ length: count }, () => '1').join(',');

describe('a policy in words', () => {
  it('is its name, or its name and what it takes', () => {
    for (const name of ['auto', ...POLICY_NAMES]) {
      const parsed = parsePolicy(name);
      assert.ok('name' in parsed && parsed.name === name);
      assert.equal(formatPolicy(parsed), name);
    }
    const cases: [string, AskedPolicy, string?][] = [
      ['weighted:1,2,5', { name: 'weighted', weights: [1, 2, 5] }],
      ['weighted:0,1000', { name: 'weighted', weights: [0, 1000] }],
      ['weighted:007', { name: 'weighted', weights: [7] }, 'weighted:7'],
      [`weighted:${ones(64)}`, { name: 'weighted', weights: Array<number>(64).fill(1) }],
      ['sticky:24', { name: 'sticky', ipv4Bits: 24, ipv6Bits: 64 }, 'sticky:24,64'],
      ['sticky:24,56', { name: 'sticky', ipv4Bits: 24, ipv6Bits: 56 }],
      ['sticky:,48', { name: 'sticky', ipv4Bits: 32, ipv6Bits: 48 }, 'sticky:32,48'],
      ['sticky:1,128', { name: 'sticky', ipv4Bits: 1, ipv6Bits: 128 }],
      ['sticky:32,64', { name: 'sticky', ipv4Bits: 32, ipv6Bits: 64 }, 'sticky'],
      ['pinned:/sys/fs/bpf/a,b:c', { name: 'pinned', path: '/sys/fs/bpf/a,b:c' }],
    ];
    for (const [text, expected, written = text] of cases) {
      assert.deepEqual(parsePolicy(text), expected, text);
      assert.equal(formatPolicy(expected), written);
    }
  });

  it('says what is wrong with it, and what is accepted instead', () => {
    const cases: [string, RegExp, RegExp][] = [
      ['weighted:a', /^"weighted:1,2,5"/, /slot 0 is "a"/],
      ['weighted:1,-1', /0 to 1000/, /slot 1 is "-1"/],
      ['weighted:1,1001', /0 to 1000/, /slot 1 is "1001"/],
      ['weighted:1.5', /whole/, /slot 0 is "1.5"/],
      ['weighted:', /^"weighted:1,2,5"/, /slot 0 is ""/],
      ['weighted:1,,2', /^"weighted:1,2,5"/, /slot 1 is ""/],
      ['weighted:0,0', /^"weighted:1,2,5"/, /no slot would get a connection/],
      [`weighted:${ones(65)}`, /^"weighted:1,2,5"/, /65 weights, but there are at most 64 slots/],
      ['sticky:33', /^"sticky:24,56".*1 to 32/, /IPv4 addresses is "33"/],
      ['sticky:0', /^"sticky:24,56"/, /IPv4 addresses is "0"/],
      ['sticky:24,129', /1 to 128/, /IPv6 addresses is "129"/],
      ['sticky:24,56,1', /^"sticky:24,56"/, /more than two/],
      ['sticky:', /^"sticky:24,56"/, /no number/],
      ['sticky:,', /^"sticky:24,56"/, /no number/],
      ['idle:3', /^"idle"$/, /takes no argument/],
      ['auto:', /^"auto"$/, /takes no argument/],
      ['HASH', /"auto", "hash".*"pinned:\/path"/, /no policy "HASH"/],
      ['', /"auto"/, /no policy ""/],
      ['pinned:relative', /^"pinned:\/path"$/, /absolute/],
      ['pinned', /"auto"/, /no policy "pinned"/],
    ];
    for (const [text, expected, problem] of cases) {
      const parsed = parsePolicy(text);
      assert.ok('problem' in parsed, text);
      assert.match(parsed.expected, expected);
      assert.match(parsed.problem, problem);
    }
  });
});
