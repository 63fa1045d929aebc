/**
 * Lets only one master at a time look whether a name is free and take it. The lock is an abstract unix socket: the kernel
 * gives it to one, and takes it back when its process ends, however that happens.
 */
import { statSync } from 'node:fs';
import net from 'node:net';
import { basename, dirname } from 'node:path';
import type { Addon } from '../native/addon.js';

/** A start that holds the lock longer is stuck; its peers go on without it. */
const PATIENCE_MS = 5_000;

/** Runs `action` while no other start of the same user runs one for the same path. */
export async function withStartLock<T>(addon: Addon, path: string, action: () => Promise<T>): Promise<T> {
  const lock = await acquire(addon, lockName(path));
  try {
    return await action();
  } finally {
    lock?.release();
  }
}

/** By the folder's identity, not its path: mount namespaces may share the network namespace that abstract names are in. */
function lockName(path: string): string {
  const { dev, ino } = statSync(dirname(path));
  return `\0reuseport-start/${dev}/${ino}/${basename(path)}`.slice(0, 108);
}

interface Lock {
  release(): void;
}

async function acquire(addon: Addon, name: string): Promise<Lock | null> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = await tryListen(addon, name);
    if (lock !== null) return lock;
    const leftMs = deadlineMs - performance.now();
    // Whoever else has taken the name only to be in the way must not be waited for.
    if (leftMs <= 0 || !(await untilReleased(addon, name, leftMs))) return null;
  }
}

function tryListen(addon: Addon, name: string): Promise<Lock | null> {
  let fd: number;
  try {
    fd = addon.bindUnixListener(name);
  } catch {
    return Promise.resolve(null);
  }
  return new Promise((resolve) => {
    const waiting = new Set<net.Socket>();
    const server = net.createServer((socket) => waiting.add(socket.on('error', () => {})));
    const release = () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    };
    server.once('error', () => resolve(null));
    server.listen({ fd }, () => resolve({ release }));
  });
}

/** false when the holder is another user's, or does not end in time. */
function untilReleased(addon: Addon, name: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(name);
    const timer = setTimeout(() => settle(false), timeoutMs);
    const settle = (released: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(released);
    };
    socket.once('connect', () => {
      const { uid } = addon.peerCredentials((socket as net.Socket & { _handle: { fd: number } })._handle.fd);
      if (uid !== process.getuid?.()) settle(false);
    });
    // The holder has bound but does not listen yet, or has just gone: next time tells.
    socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code === 'ECONNREFUSED'));
    // Nothing is sent: the end of the connection is the end of the lock.
    socket.resume().once('close', () => settle(true));
  });
}
