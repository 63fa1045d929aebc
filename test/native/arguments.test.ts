import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addon, keepsDescriptors } from './support.js';

/** Calls the addon with values that its types forbid. */
type Call = (value: unknown) => unknown;
const loose = addon as unknown as Record<string, (...values: unknown[]) => unknown>;
const handlers = { onMessage: () => undefined, onClose: () => undefined };

function tcp(key: string): Call {
  return (value) => loose['bindTcpListener']?.({ address: '127.0.0.1', port: 0, [key]: value });
}

function withChannel(use: (channel: Record<string, (...values: unknown[]) => unknown>) => unknown): void {
  const [left, right] = addon.socketpair();
  const channel = new addon.Channel(left, handlers);
  try {
    use(channel as unknown as Record<string, (...values: unknown[]) => unknown>);
  } finally {
    channel.close();
    addon.close(right);
  }
}

function construct(fd: unknown, given: unknown): unknown {
  return new (addon.Channel as unknown as new (...values: unknown[]) => unknown)(fd, given);
}

const notNumbers = [null, '1', 1n, true, {}, [1], Symbol('one'), () => 1];
const notIntegers = [NaN, 0.5, -1, Infinity, -Infinity];
const beyondInt = [2 ** 31, 2 ** 32, 2 ** 53, 1e308];
const notObjects = [undefined, null, 1, 'x', [], () => 1, 1n];
const notBooleans = [null, 0, 1, 'true', {}];
const notStrings = [undefined, null, 1, {}, ['x'], true, Buffer.from('x')];

interface Argument {
  title: string;
  /** What the message must begin with. */
  name: string;
  call: Call;
  wrongTypes: unknown[];
  wrongValues?: unknown[];
}

function fdArgument(method: string, ...rest: unknown[]): Argument {
  return {
    title: `fd of ${method}`,
    name: 'fd',
    call: (value) => loose[method]?.(value, ...rest),
    wrongTypes: [undefined, ...notNumbers],
    wrongValues: [...notIntegers, ...beyondInt],
  };
}

const table: Argument[] = [
  {
    title: 'options of bindTcpListener',
    name: 'options',
    call: (value) => loose['bindTcpListener']?.(value),
    wrongTypes: notObjects,
  },
  {
    title: 'address',
    name: 'options.address',
    call: tcp('address'),
    wrongTypes: notStrings,
    wrongValues: ['', 'example.org'],
  },
  {
    title: 'port',
    name: 'options.port',
    call: tcp('port'),
    wrongTypes: [undefined, ...notNumbers],
    wrongValues: [...notIntegers, 65536],
  },
  { title: 'reusePort', name: 'options.reusePort', call: tcp('reusePort'), wrongTypes: notBooleans },
  { title: 'reuseAddress', name: 'options.reuseAddress', call: tcp('reuseAddress'), wrongTypes: notBooleans },
  { title: 'ipv6Only', name: 'options.ipv6Only', call: tcp('ipv6Only'), wrongTypes: notBooleans },
  {
    title: 'deferAcceptSeconds',
    name: 'options.deferAcceptSeconds',
    call: tcp('deferAcceptSeconds'),
    wrongTypes: notNumbers,
    wrongValues: [...notIntegers, 3601],
  },
  {
    title: 'fastOpenQueue',
    name: 'options.fastOpenQueue',
    call: tcp('fastOpenQueue'),
    wrongTypes: notNumbers,
    wrongValues: [...notIntegers, 65536],
  },
  {
    title: 'incomingCpu',
    name: 'options.incomingCpu',
    call: tcp('incomingCpu'),
    wrongTypes: notNumbers,
    wrongValues: [...notIntegers, 4096],
  },
  {
    title: 'path of bindUnixListener',
    name: 'path',
    call: (value) => loose['bindUnixListener']?.(value),
    wrongTypes: notStrings,
    wrongValues: ['', 'x'.repeat(108), 'a\0b', '\0' + 'x'.repeat(108), 'ü'.repeat(54)],
  },
  fdArgument('listen', 1),
  {
    title: 'backlogConnections',
    name: 'backlogConnections',
    call: (value) => loose['listen']?.(0, value),
    wrongTypes: [undefined, ...notNumbers],
    wrongValues: [0, ...notIntegers, ...beyondInt],
  },
  fdArgument('listenerInfo'),
  {
    title: 'port of listeningSockets',
    name: 'port',
    call: (value) => loose['listeningSockets']?.(value),
    wrongTypes: notNumbers,
    wrongValues: [0, ...notIntegers, 65536],
  },
  ...['user', 'group'].map((name) => ({
    title: `${name} to be found`,
    name,
    call: (value: unknown) => loose[name === 'user' ? 'findUser' : 'findGroup']?.(value),
    wrongTypes: [undefined, null, 1n, true, {}, ['x']],
    wrongValues: [...notIntegers, 2 ** 32 - 1, '', 'a\0b'],
  })),
  {
    title: 'name of groupsOfUser',
    name: 'name',
    call: (value) => loose['groupsOfUser']?.(value, 0),
    wrongTypes: notStrings,
    wrongValues: ['', 'a\0b'],
  },
  {
    title: 'gid of groupsOfUser',
    name: 'gid',
    call: (value) => loose['groupsOfUser']?.('root', value),
    wrongTypes: [undefined, ...notNumbers],
    wrongValues: [...notIntegers, 2 ** 32 - 1],
  },
  fdArgument('dup'),
  fdArgument('close'),
  fdArgument('setCloseOnExec', true),
  {
    title: 'on of setCloseOnExec',
    name: 'on',
    call: (value) => loose['setCloseOnExec']?.(0, value),
    wrongTypes: [undefined, ...notBooleans],
  },
  fdArgument('peerCredentials'),
  {
    title: 'fd of Channel',
    name: 'fd',
    call: (value) => construct(value, handlers),
    wrongTypes: [undefined, ...notNumbers],
    wrongValues: [...notIntegers, ...beyondInt],
  },
  { title: 'handlers of Channel', name: 'handlers', call: (value) => construct(0, value), wrongTypes: notObjects },
  {
    title: 'onMessage',
    name: 'handlers.onMessage',
    call: (value) => construct(0, { ...handlers, onMessage: value }),
    wrongTypes: [undefined, null, 1, {}],
  },
  {
    title: 'onClose',
    name: 'handlers.onClose',
    call: (value) => construct(0, { ...handlers, onClose: value }),
    wrongTypes: [undefined, null, 1, {}],
  },
  {
    title: 'data of send',
    name: 'data',
    call: (value) => withChannel((channel) => channel['send']?.(value)),
    wrongTypes: [undefined, null, 1, {}, [1], new ArrayBuffer(1), new Uint16Array(1), new DataView(new ArrayBuffer(1))],
  },
  {
    title: 'fds of send',
    name: 'fds',
    call: (value) => withChannel((channel) => channel['send']?.('x', value)),
    wrongTypes: [null, 1, 'x', {}, new Set([1])],
    wrongValues: [Array.from({ length: 17 }, () => 0)],
  },
  {
    title: 'an element of fds of send',
    name: 'fds[1]',
    call: (value) => withChannel((channel) => channel['send']?.('x', [0, value])),
    wrongTypes: [undefined, ...notNumbers],
    wrongValues: [...notIntegers, ...beyondInt],
  },
  {
    title: 'timeoutMs of receiveSync',
    name: 'timeoutMs',
    call: (value) => withChannel((channel) => channel['receiveSync']?.(value)),
    wrongTypes: [undefined, ...notNumbers],
    wrongValues: [...notIntegers, ...beyondInt],
  },
];

for (const { title, name, call, wrongTypes, wrongValues = [] } of table) {
  test(`${title}: a wrong type is a TypeError, a wrong value a RangeError, both name it`, () =>
    keepsDescriptors(() => {
      for (const [values, kind] of [
        [wrongTypes, TypeError],
        [wrongValues, RangeError],
      ] as const) {
        for (const value of values) {
          assert.throws(
            () => call(value),
            (error: unknown) => error instanceof kind && error.message.startsWith(`${name}: expected `),
            `${String(value)} is not refused with a ${kind.name}`,
          );
        }
      }
    }));
}

test('an unknown option is a TypeError that names it', () =>
  keepsDescriptors(() => {
    assert.throws(() => tcp('reuseport')(true), { name: 'TypeError', message: 'options.reuseport: no such option' });
    assert.throws(() => tcp('0')(true), { name: 'TypeError', message: 'options.0: no such option' });
  }));

test('an error of a getter of the options reaches the caller', () =>
  keepsDescriptors(() => {
    const options = {
      address: '127.0.0.1',
      get port(): number {
        throw new Error('from the getter');
      },
    };
    assert.throws(() => addon.bindTcpListener(options), { message: 'from the getter' });
  }));

test('Channel without new, or its methods on another object, throw', () => {
  assert.throws(() => (addon.Channel as unknown as Call)(0), TypeError);
  for (const method of ['send', 'receiveSync', 'ref', 'unref', 'close'] as const) {
    const borrowed = addon.Channel.prototype[method] as unknown as Call;
    for (const receiver of [{}, null, new Map(), addon]) {
      assert.throws(() => borrowed.call(receiver, 1), Error);
    }
  }
});

test('a descriptor of another kind is a TypeError of Channel, and stays open', () =>
  keepsDescriptors(() => {
    const fd = addon.bindTcpListener({ address: '127.0.0.1', port: 0 });
    assert.throws(() => construct(fd, handlers), { name: 'TypeError', message: /^fd: expected a unix SOCK_SEQPACKET/ });
    addon.close(fd);
  }));
