import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { release, version } from 'node:os';
import { test } from 'node:test';

import { realFiles } from '../../src/check/host-files.js';
import { parseKernel, wakesByVersion } from '../../src/check/kernel-version.js';
import { readProcessors } from '../../src/check/read-processors.js';
import { tryAuto } from '../../src/check/try-auto.js';
import { tryIncomingCpu } from '../../src/check/try-incoming-cpu.js';
import { tryLoopProbe } from '../../src/check/try-loop-probe.js';
import { tryMigration } from '../../src/check/try-migration.js';
import { probe } from '../../src/index.js';
import type { Addon } from '../../src/native/addon.js';
import { probeCapabilities } from '../../src/steering/capabilities.js';
import { steeringDenied } from '../helpers/steering.js';
import { addon, keepsDescriptors } from './support.js';

const skip = steeringDenied();
const capabilities = probeCapabilities(addon);
const kernel = { release: release(), build: version() };
const { online } = readProcessors(realFiles);
const processors = online.known ? online.value : [];

/** The addon with some of its functions replaced. */
function addonWith(replaced: Partial<Addon>): Addon {
  return { ...addon, ...replaced };
}

function refuse(syscall: string, code: string, more: object = {}): never {
  throw Object.assign(new Error(`${syscall}: ${code}`), { syscall, code, ...more });
}

test('probe() of the library tells what the command finds, and leaves nothing open', () =>
  keepsDescriptors(() => assert.deepEqual(probe(), capabilities)));

test('a queued connection moves to the other listener, which is woken if the kernel says so', { skip }, () =>
  keepsDescriptors(async () => {
    const { outcome } = await tryMigration(addon, capabilities);
    const wakes = wakesByVersion(kernel);
    if (wakes === null) assert.ok(['woken', 'not-woken'].includes(outcome), outcome);
    else assert.equal(outcome, wakes ? 'woken' : 'not-woken');
  }),
);

test('a connection that does not move is told', { skip }, () =>
  keepsDescriptors(async () => {
    const inert = addonWith({ migrateQueue: () => {} });
    assert.deepEqual(await tryMigration(inert, capabilities), { outcome: 'not-moved' });
  }),
);

test('a connection that is in the other queue without a wake-up is told', { skip }, () =>
  keepsDescriptors(async () => {
    // As a kernel with CVE-2026-46015 looks from outside: the queue has it, and epoll is silent.
    const silent = addonWith({
      migrateQueue: () => {},
      listenerInfo: (fd) => ({ ...addon.listenerInfo(fd), queuedConnections: 1 }),
    });
    assert.deepEqual(await tryMigration(silent, capabilities), { outcome: 'not-woken' });
  }),
);

test(
  'epoll knows of the new listener before anything moves: told later, it would find the connection unwoken',
  { skip },
  () =>
    keepsDescriptors(async () => {
      const listeners: number[] = [];
      let known: string[] = [];
      const watched = addonWith({
        bindTcpListener: (options) => {
          const fd = addon.bindTcpListener(options);
          listeners.push(fd);
          return fd;
        },
        migrateQueue: (fd, backlog) => {
          known = watchedByEpoll();
          addon.migrateQueue(fd, backlog);
        },
      });
      await tryMigration(watched, capabilities);
      assert.ok(known.includes(String(listeners[1])), `${listeners[1]} is not among ${known.join()}`);
    }),
);

/** Descriptors in this process's epoll sets. */
function watchedByEpoll(): string[] {
  return readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      return [...readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').matchAll(/^tfd:\s+(\d+)/gm)].map(
        (match) => match[1] ?? '',
      );
    } catch {
      // The one that read the folder.
      return [];
    }
  });
}

test('where nothing may migrate, nothing is tried', () =>
  keepsDescriptors(async () => {
    const none = { migrate: { ok: false, why: 'bpf: EPERM' }, migrateSysctl: false };
    const trial = await tryMigration(addonWith({ bindTcpListener: () => refuse('bind', 'EPERM') }), none);
    assert.deepEqual(trial, { outcome: 'untried', impossible: true, why: 'nothing migrates here' });
  }));

test('a trial of migration that the machine refuses is untried, and leaves nothing open', () =>
  keepsDescriptors(async () => {
    const poor = addonWith({ bpfLoadReuseport: () => refuse('bpf', 'EMFILE') });
    const trial = await tryMigration(poor, { migrate: { ok: true, why: null }, migrateSysctl: false });
    assert.deepEqual(trial, { outcome: 'untried', impossible: false, why: 'bpf: EMFILE' });
  }));

test(
  'connections go to the listener of their processor since Linux 6.2',
  { skip: processors.length === 0 && '/sys is hidden' },
  () =>
    keepsDescriptors(async () => {
      const trial = await tryIncomingCpu(addon, processors);
      assert.ok(trial.known, JSON.stringify(trial));
      if (!parseKernel(kernel).isBefore(6, 2)) assert.deepEqual(trial.value, { ok: true, why: null });
    }),
);

test('listeners whose processor did not handle the packet get what the hash gives, and that is told', () =>
  keepsDescriptors(async () => {
    // No processor has that number either: as on a kernel that ignores the option.
    const trial = await tryIncomingCpu(addon, [4094]);
    assert.ok(trial.known);
    assert.equal(trial.value.ok, false);
    assert.match(trial.value.why ?? '', /^\d+ of 16 connections went to the listener of another processor$/);
  }));

test('the loop probe sees the turns of this Node, and leaves no descriptor', () =>
  keepsDescriptors(async () => {
    assert.deepEqual(await tryLoopProbe(addon), { known: true, value: { ok: true, why: null } });
  }));

test('a loop probe without its hook is told, with why', () =>
  keepsDescriptors(async () => {
    class Unhooked extends addon.LoopProbe {
      override get mode() {
        return 'prepare' as const;
      }
      override get why() {
        return 'epoll_pwait is not imported';
      }
    }
    const trial = await tryLoopProbe(addonWith({ LoopProbe: Unhooked }));
    assert.deepEqual(trial, { known: true, value: { ok: false, why: 'epoll_pwait is not imported' } });
  }));

test('what auto chooses here can be put into the kernel', () =>
  keepsDescriptors(() => assert.deepEqual(tryAuto(addon, capabilities, 4), { ok: true, why: null })));

test('a program that is refused only for more slots is told, and leaves nothing open', { skip }, () =>
  keepsDescriptors(() => {
    const strict = addonWith({
      bpfLoadReuseport: (options) =>
        options.instructions.length > 8000
          ? refuse('bpf', 'E2BIG', { verifierLog: 'BPF program is too large.' })
          : addon.bpfLoadReuseport(options),
    });
    assert.deepEqual(tryAuto(strict, capabilities, 1), { ok: true, why: null });
    assert.deepEqual(tryAuto(strict, capabilities, 64), { ok: false, why: 'bpf: E2BIG' });
  }),
);
