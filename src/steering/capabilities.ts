/** What this machine and user allow, found by trying and not by version. Leaves nothing behind. */
import { readFileSync } from 'node:fs';
import type { Addon, SystemError } from '../native/addon.js';
import { PAGE_BYTES } from '../state/layout.js';
import { createPageMap } from '../state/page-map.js';
import { classicProgram } from './classic.js';
import { createGroupState } from './group-state.js';
import { leastPending } from './policies/simple.js';
import { buildProgram } from './program.js';

export interface Capability {
  ok: boolean;
  /** Why not, as the kernel said it; null when it works. */
  why: string | null;
}

export interface Capabilities {
  /** An mmapable BPF array: memory that the kernel program and the workers share (5.5, CAP_BPF). */
  page: Capability;
  /** A program of type SK_REUSEPORT with a sockarray (4.19, CAP_BPF), loaded and attached. */
  ebpf: Capability;
  /** The same with SELECT_OR_MIGRATE (5.14): a listener's queue can move to another member of the group. */
  migrate: Capability;
  /** net.ipv4.tcp_migrate_req: the kernel moves queues of closing listeners by itself. */
  migrateSysctl: boolean;
  /** Classic BPF on a group (4.6); needs no privilege. */
  classic: Capability;
}

export function probeCapabilities(addon: Addon): Capabilities {
  const ebpf = tryProgram(addon, false);
  return {
    page: tryPage(addon),
    ebpf,
    migrate: ebpf.ok ? tryProgram(addon, true) : ebpf,
    migrateSysctl: readSysctl('net/ipv4/tcp_migrate_req') === '1',
    classic: tryClassic(addon),
  };
}

export function readSysctl(name: string): string | null {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return null;
  }
}

function attempt(action: (owned: number[]) => void, addon: Addon): Capability {
  const owned: number[] = [];
  try {
    action(owned);
    return { ok: true, why: null };
  } catch (error) {
    const { syscall, code } = error as Partial<SystemError>;
    if (syscall === undefined) throw error;
    return { ok: false, why: `${syscall}: ${code}` };
  } finally {
    for (const fd of owned) addon.close(fd);
  }
}

function tryPage(addon: Addon): Capability {
  return attempt((owned) => {
    owned.push(createPageMap(addon));
    addon.mapShared(owned[0] ?? -1, PAGE_BYTES);
  }, addon);
}

function tryProgram(addon: Addon, migrate: boolean): Capability {
  return attempt((owned) => {
    const pageFd = createPageMap(addon);
    owned.push(pageFd);
    const sockarrayFd = createSockarray(addon, 1);
    owned.push(sockarrayFd);
    const groupFd = createGroupState(addon);
    owned.push(groupFd);
    const instructions = buildProgram({ slots: 1, pageFd, sockarrayFd, groupFd, migrate }, leastPending);
    const programFd = addon.bpfLoadReuseport({ instructions, migrate, name: 'reuseport_probe' });
    owned.push(programFd);
    const listener = openListener(addon);
    owned.push(listener);
    addon.attachReuseportEbpf(listener, programFd);
  }, addon);
}

function tryClassic(addon: Addon): Capability {
  return attempt((owned) => {
    const listener = openListener(addon);
    owned.push(listener);
    addon.attachReuseportCbpf(listener, classicProgram('random', [0]));
  }, addon);
}

function openListener(addon: Addon): number {
  const fd = addon.bindTcpListener({ address: '127.0.0.1', port: 0 });
  addon.listen(fd, 1);
  return fd;
}

export function createSockarray(addon: Addon, maxEntries: number): number {
  return addon.bpfCreateMap({
    type: 'reuseport-sockarray',
    keyBytes: 4,
    valueBytes: 8,
    maxEntries,
    name: 'reuseport_slot',
  });
}
