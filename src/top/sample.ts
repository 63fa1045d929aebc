/** What has happened between two statuses of a service. Pure. */
import type { Status, WorkerStatus } from '../observe/status.js';

export interface WorkerSample extends WorkerStatus {
  /** Per second; null where one of the two statuses does not know it. */
  acceptedRate: number | null;
  requestRate: number | null;
  /** Connections in the accept queues of its slot, on all addresses; null of a spare. */
  queued: number | null;
}

export interface Sample {
  status: Status;
  workers: WorkerSample[];
  /** Of all workers together, per second. */
  acceptedRate: number;
  requestRate: number;
  dropRate: number;
  queued: number;
  open: number;
}

/** A status, and when it was read, in milliseconds of any steady clock. */
export interface Reading {
  status: Status;
  atMs: number;
}

/** Rates are 0 or null where there is no `before`. A worker is the same while its pid and thread are. */
export function sampleOf(now: Reading, before: Reading | null): Sample {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1_000;
  const rate = (value: number | null | undefined, earlier: number | null | undefined) =>
    seconds <= 0 || value == null || earlier == null ? null : Math.max(0, value - earlier) / seconds;
  const earlier = new Map(before?.status.workers.map((row) => [loopOf(row), row]));
  const { status } = now;
  const workers = status.workers.map((row) => {
    const last = row.pid === null ? undefined : earlier.get(loopOf(row));
    return {
      ...row,
      acceptedRate: rate(row.accepted, last?.accepted),
      requestRate: rate(row.requests, last?.requests),
      queued: row.slot === null ? null : queuedAt(status, row.slot),
    };
  });
  return {
    status,
    workers,
    acceptedRate: sum(workers.map((row) => row.acceptedRate)),
    requestRate: sum(workers.map((row) => row.requestRate)),
    dropRate: before === null ? 0 : (rate(dropsOf(status), dropsOf(before.status)) ?? 0),
    queued: sum(listenersOf(status).map((row) => row.queued)),
    open: sum(workers.map((row) => row.openConnections)),
  };
}

function loopOf({ pid, thread }: Status['workers'][number]): string {
  return `${pid}/${thread}`;
}

/** The slots that are meant to serve. */
export function slotsOf(status: Status): number {
  return new Set(status.workers.flatMap(({ slot }) => (slot === null ? [] : [slot]))).size;
}

/** Processes that have them: with `--threads` each has several. */
export function processesOf(status: Status): number {
  return new Set(status.workers.flatMap(({ slot, thread }) => (slot === null ? [] : [slot - thread]))).size;
}

function listenersOf(status: Status) {
  return status.listeners.flatMap(({ slots }) => slots);
}

function queuedAt(status: Status, slot: number): number {
  return sum(listenersOf(status).map((row) => (row.slot === slot ? row.queued : 0)));
}

function dropsOf(status: Status): number {
  return sum(listenersOf(status).map((row) => row.drops));
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
