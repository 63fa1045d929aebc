// Nothing but a running watch is left: the process ends.
import { addon, stuckPage } from './watch-page.js';

const watch = new addon.Watch({
  ...stuckPage(),
  rescueAfterMs: 1,
  processors: 64,
  onStuck: () => undefined,
  onStuckSet: () => undefined,
  onStale: () => undefined,
});
watch.setRows([{ slot: 0, fds: [] }]);
console.log(JSON.stringify({ ended: 'by itself' }));
