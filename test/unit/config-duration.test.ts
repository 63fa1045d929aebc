import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatDuration, parseDuration } from '../../src/config/duration.js';
import { formatSize, parseSize } from '../../src/config/size.js';

describe('durations', () => {
  const valid: [string, number][] = [
    ['0ms', 0],
    ['500ms', 500],
    ['10s', 10_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ];
  for (const [text, durationMs] of valid) {
    it(`reads ${text} as ${durationMs} ms and writes it back`, () => {
      assert.equal(parseDuration(text), durationMs);
      assert.equal(formatDuration(durationMs), text);
    });
  }
  for (const text of ['', '10', '10 s', '-1s', '1.5s', 's', '1d', '10S', '1s1s', '99999999999999999h']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseDuration(text), undefined);
    });
  }
  it('writes what is no whole minute in seconds', () => {
    assert.equal(formatDuration(90_000), '90s');
    assert.equal(formatDuration(1_001), '1001ms');
  });
});

describe('sizes', () => {
  const valid: [string, number, string][] = [
    ['0', 0, '0'],
    ['100', 100, '100'],
    ['64k', 65_536, '64k'],
    ['64K', 65_536, '64k'],
    ['1m', 1_048_576, '1m'],
    ['1g', 1_073_741_824, '1g'],
    ['1024k', 1_048_576, '1m'],
  ];
  for (const [text, bytes, written] of valid) {
    it(`reads ${text} as ${bytes} bytes and writes it as ${written}`, () => {
      assert.equal(parseSize(text), bytes);
      assert.equal(formatSize(bytes), written);
    });
  }
  for (const text of ['', 'k', '-1', '1.5m', '1kb', '1 k', '99999999999999999g']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseSize(text), undefined);
    });
  }
});
