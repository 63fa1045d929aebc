// A thread with a running watch, which ends without stopping it.
import { workerData } from 'node:worker_threads';

import { PAGE_BYTES } from '../../../src/state/layout.js';
import { addon } from './watch-page.js';

const { fd, wakeFd, way } = workerData as { fd: number; wakeFd: number; way: string };
const onStuckSet = () => way === 'exit' && process.exit(0);
const watch = new addon.Watch({
  page: addon.mapShared(fd, PAGE_BYTES),
  wakeFd,
  rescueAfterMs: 1,
  processors: 64,
  onStuck: () => undefined,
  onStuckSet,
  onStale: () => undefined,
});
watch.setRows([{ slot: 0, fds: [] }]);
setInterval(() => undefined, 60_000);
