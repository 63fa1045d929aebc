import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { closeOf, dueAfter, Farewell, spreadMs } from '../../src/worker/farewell.js';
import { openWebSocketOf } from '../../src/worker/web-socket.js';

/** A socket as `ws` leaves it, and the codes that it was closed with. */
function upgraded(readyState = 1): { socket: net.Socket; codes: number[] } {
  const codes: number[] = [];
  const webSocket = {
    readyState,
    _socket: null as unknown,
    close(code: number) {
      codes.push(code);
      webSocket.readyState = 2;
    },
  };
  const socket = { [Symbol('websocket')]: webSocket } as unknown as net.Socket;
  webSocket._socket = socket;
  return { socket, codes };
}

const toldOf = (clients: readonly { codes: number[] }[]) => clients.filter(({ codes }) => codes.length > 0).length;

test('few clients are told one every 10 ms, many within half of the time that is left', () => {
  assert.equal(spreadMs(0, 30_000), 0);
  assert.equal(spreadMs(5, 30_000), 50);
  assert.equal(spreadMs(100_000, 30_000), 15_000);
  assert.equal(spreadMs(5, -1), 0);
});

test('the first is told at once, the last before the spread is over', () => {
  assert.equal(dueAfter(0, 10, 100), 1);
  assert.equal(dueAfter(9, 10, 100), 1);
  assert.equal(dueAfter(10, 10, 100), 2);
  assert.equal(dueAfter(90, 10, 100), 10);
  assert.equal(dueAfter(5_000, 10, 100), 10);
  assert.equal(dueAfter(0, 10, 0), 10);
  assert.equal(dueAfter(0, 0, 100), 0);
});

test('each is told once, in turn, with the code for the reason', () => {
  const clients = Array.from({ length: 10 }, () => upgraded());
  const farewell = new Farewell(() => clients.flatMap(({ socket }) => openWebSocketOf(socket) ?? []), 'reload');
  farewell.look(1_000, 31_000);
  for (const [atMs, told] of [
    [1_000, 1],
    [1_045, 5],
    [1_045, 5],
    [1_500, 10],
  ] as const) {
    farewell.tellDue(atMs);
    assert.equal(toldOf(clients), told);
    farewell.look(atMs, 31_000);
  }
  assert.deepEqual(
    clients.map(({ codes }) => codes),
    clients.map(() => [1012]),
  );
});

test('those that come while others wait for their turn are told after them', () => {
  const clients = [upgraded(), upgraded()];
  const farewell = new Farewell(() => clients.flatMap(({ socket }) => openWebSocketOf(socket) ?? []), 'stop');
  farewell.look(0, 30_000);
  farewell.tellDue(0);
  clients.push(upgraded());
  farewell.look(5, 30_000);
  farewell.tellDue(100);
  assert.equal(toldOf(clients), 2);
  farewell.look(200, 30_000);
  farewell.tellDue(200);
  assert.deepEqual(
    clients.map(({ codes }) => codes),
    [[1001], [1001], [1001]],
  );
});

test('at the end of the grace period all the others are told at once', () => {
  const clients = Array.from({ length: 100 }, () => upgraded());
  const farewell = new Farewell(() => clients.flatMap(({ socket }) => openWebSocketOf(socket) ?? []), 'scale');
  farewell.look(0, 30_000);
  farewell.tellDue(0);
  farewell.tellAll();
  assert.equal(toldOf(clients), 100);
  assert.ok(clients.every(({ codes }) => codes.length === 1));
});

test('only an open WebSocket that belongs to the socket is taken for one', () => {
  assert.equal(openWebSocketOf({} as net.Socket), null);
  assert.equal(openWebSocketOf({ [Symbol('websocket')]: undefined } as unknown as net.Socket), null);
  assert.equal(openWebSocketOf({ [Symbol('websocket')]: { readyState: 1 } } as unknown as net.Socket), null);
  assert.equal(openWebSocketOf(upgraded(2).socket), null);
  const { socket } = upgraded();
  assert.notEqual(openWebSocketOf(socket), null);
  const key = Object.getOwnPropertySymbols(socket)[0] ?? Symbol('none');
  const other = { [key]: (socket as unknown as Record<symbol, unknown>)[key] } as unknown as net.Socket;
  assert.equal(openWebSocketOf(other), null, 'it is of another socket');
});

test('clients are asked to come back where somebody goes on serving', () => {
  assert.deepEqual(
    (['reload', 'scale', 'stop', 'orphan'] as const).map((reason) => closeOf(reason).code),
    [1012, 1012, 1001, 1001],
  );
});
