// A handler of the watch throws: Node ends the process as it does for any uncaught exception.
import { addon, stuckPage } from './watch-page.js';

const watch = new addon.Watch({
  ...stuckPage(),
  rescueAfterMs: 1,
  processors: 64,
  onStuck: () => undefined,
  onStale: () => undefined,
  onStuckSet() {
    throw new Error('from onStuckSet');
  },
});
watch.setRows([{ slot: 0, fds: [] }]);
process.on('exit', (code) => (process.exitCode = code === 1 ? 7 : 8));
setTimeout(() => watch.stop(), 10_000);
