/** One figure for autoscaling. */
export interface SlotLoad {
  /** Has it a worker that serves. */
  serves: boolean;
  stuck: boolean;
  /** 0 to 1; null: not known yet. */
  busyShare: number | null;
  queues: readonly { queued: number; limit: number }[];
}

/**
 * How much of what the serving slots can do is in use, 0 to 1: the mean of each slot's fullest resource, its loop or one
 * of its accept queues. null while nothing is known.
 */
export function saturation(slots: readonly SlotLoad[]): number | null {
  const loads = slots.flatMap((slot) => {
    const load = slot.serves ? slotLoad(slot) : null;
    return load === null ? [] : [load];
  });
  return loads.length === 0 ? null : loads.reduce((sum, load) => sum + load, 0) / loads.length;
}

function slotLoad({ stuck, busyShare, queues }: SlotLoad): number | null {
  // A loop that stands still, waiting for a disk for instance, uses no processor and serves nobody all the same.
  if (stuck) return 1;
  if (busyShare === null) return null;
  const fullest = Math.max(0, ...queues.map(({ queued, limit }) => (limit === 0 ? 0 : queued / limit)));
  return Math.min(1, Math.max(busyShare, fullest));
}
