import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differencesOf } from '../../bench/lab/answers.js';

const node = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 6\r\nx-worker: *\r\nDate: *\r\nConnection: close\r\n\r\nhello\n`;
const nginx = `HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: *\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\nx-worker: *\r\n\r\nhello\n`;

test('the same answer has no difference', () => {
  assert.deepEqual(differencesOf([node, node], [node, node]), { content: [], headers: [] });
});

test('another order of headers is no other content, and its bytes are told', () => {
  assert.deepEqual(differencesOf([node], [nginx]), {
    content: [],
    headers: ['server: nginx', `${nginx.length} bytes for ${node.length}`],
  });
});

test('status, body and what describes it are content', () => {
  const other = node.replace('200 OK', '404 Not Found').replace('hello', 'HELLO').replace('text/plain', 'text/html');
  assert.deepEqual(differencesOf([node], [other]).content, [
    'HTTP/1.1 404 Not Found for HTTP/1.1 200 OK',
    String.raw`body "HELLO\n" for "hello\n"`,
    'content-type: text/html',
  ]);
});

test('a header that is not there is told once for both kinds of request', () => {
  const without = node.replace('Connection: close\r\n', '');
  const { headers } = differencesOf([node, node], [without, without]);
  assert.deepEqual(headers, ['no connection', `${without.length} bytes for ${node.length}`]);
});
