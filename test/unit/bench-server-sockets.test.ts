import assert from 'node:assert/strict';
import { it } from 'node:test';

import { heldConnections, rowsOf } from '../../bench/network/server-sockets.js';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000
   2: 0100007F:1F90 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000
   3: 0100007F:1F90 0100007F:C352 03 00000000:00000000 01:00000050 00000000     0        0 0 1 0000000000000000
   4: 0100007F:1F90 0100007F:C353 06 00000000:00000000 03:00001234 00000000     0        0 0 3 0000000000000000
   5: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000
   6: 0100017F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4714 1 0000000000000000
`;

const HOST = '127.0.0.1';

it('the rows of an address and port are those of its own side, and of no other address', () => {
  assert.equal(rowsOf(TABLE, HOST, 8080).length, 5);
  assert.deepEqual(rowsOf(TABLE, '127.1.0.1', 8080), [{ state: '01', inode: 4714, remotePort: 50_000 }]);
  assert.deepEqual(rowsOf(TABLE, HOST, 50_000), [{ state: '01', inode: 4713, remotePort: 8_080 }]);
  assert.deepEqual(rowsOf('', HOST, 8080), []);
});

it('a connection is with a worker, in a queue, or not finished; what is over counts nowhere', () => {
  const all = new Set([50_000, 50_001, 50_002, 50_003]);
  assert.deepEqual(heldConnections(TABLE, HOST, 8080, all), { accepted: 1, queued: 1, unfinished: 1 });
  assert.deepEqual(heldConnections(TABLE, HOST, 8080, new Set([50_001])), { accepted: 0, queued: 1, unfinished: 0 });
});
