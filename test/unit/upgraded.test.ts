import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { UpgradedSockets } from '../../src/worker/upgraded.js';

const listener = () => {};

function watched(...listeners: (() => void)[]): { server: http.Server; sockets: UpgradedSockets } {
  const server = http.createServer();
  for (const listener of listeners) server.on('upgrade', listener);
  const sockets = new UpgradedSockets();
  sockets.watch(server);
  sockets.watch(server);
  return { server, sockets };
}

const upgrade = (server: http.Server) => {
  const socket = new net.Socket();
  server.emit('upgrade', {}, socket, Buffer.alloc(0));
  return socket;
};

test('it listens only where the program does: otherwise Node would take no upgrade for a plain request any more', () => {
  const { server } = watched();
  assert.equal(server.listenerCount('upgrade'), 0);
  server.on('upgrade', listener);
  assert.equal(server.listenerCount('upgrade'), 2);
  server.off('upgrade', listener);
  assert.equal(server.listenerCount('upgrade'), 0);
  server.on('upgrade', listener);
  server.removeAllListeners('upgrade');
  assert.equal(server.listenerCount('upgrade'), 0);
});

test('sockets are known from listeners before and after the watch, and of those that listen once', () => {
  const before = watched(() => {});
  const first = upgrade(before.server);
  assert.deepEqual(before.sockets.of([before.server]), [first]);
  const after = watched();
  after.server.once('upgrade', () => {});
  const second = upgrade(after.server);
  assert.deepEqual(after.sockets.of([after.server]), [second]);
  assert.equal(after.server.listenerCount('upgrade'), 0);
});

test('a program that puts another listener in front of all, as sockjs does, is no trouble', () => {
  const { server, sockets } = watched(() => {});
  const all = server.listeners('upgrade');
  server.removeAllListeners('upgrade');
  server.on('upgrade', (...args) => {
    for (const listener of all) listener.apply(server, args);
  });
  const socket = upgrade(server);
  assert.deepEqual(new Set(sockets.of([server])), new Set([socket]));
});

test('those that have ended are forgotten, and other things than servers ignored', () => {
  const { server, sockets } = watched(() => {});
  const open = Array.from({ length: 300 }, (_, index) => {
    const socket = upgrade(server);
    if (index % 3 > 0) socket.destroy();
    return socket;
  }).filter(({ destroyed }) => !destroyed);
  assert.deepEqual(sockets.of([server]), open);
  sockets.watch(new EventEmitter());
  assert.deepEqual(sockets.of([new net.Server()]), []);
});
