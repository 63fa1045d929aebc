import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { CustodyEntry } from '../../src/supervisor/custody.js';
import { Emptying, HANDSHAKES_MS } from '../../src/supervisor/emptying.js';
import { Handshakes } from '../../src/supervisor/handshakes.js';
import { SimulatedTime } from '../helpers/simulated-time.js';

const PORT = 80;
const ports = new Set([PORT]);
let time = new SimulatedTime();
let underWay: { cookie: bigint; retransmissions: number }[] = [];
let asked: number[] = [];
let handshakes: Handshakes;

const begin = (...cookies: bigint[]) => (underWay = cookies.map((cookie) => ({ cookie, retransmissions: 0 })));

beforeEach(() => {
  time = new SimulatedTime();
  asked = [];
  begin();
  const read = (port: number) => {
    asked.push(port);
    return underWay;
  };
  handshakes = new Handshakes({ handshakes: read }, time);
});

describe('waiting for handshakes', () => {
  let done = 0;
  let looks = 0;
  const wait = (boundMs = 1_000) => {
    done = 0;
    looks = 0;
    handshakes.whenEnded(
      ports,
      boundMs,
      () => (done += 1),
      () => (looks += 1),
    );
  };

  it('is over at once when there is none', () => {
    wait();
    assert.equal(done, 1);
    assert.equal(time.waiting, 0);
    assert.deepEqual(asked, [PORT]);
  });

  it('ends with those that were under way at its beginning, whatever has come since', () => {
    begin(1n, 2n);
    wait();
    time.pass(30);
    begin(2n, 3n);
    time.pass(30);
    assert.equal(done, 0);
    begin(3n, 4n);
    time.pass(100);
    assert.equal(done, 1);
    assert.ok(looks > 2);
    assert.equal(time.waiting, 0);
  });

  it('ends at its bound, and looks ever more seldom until then', () => {
    begin(1n);
    wait(1_000);
    time.pass(990);
    assert.equal(done, 0);
    time.pass(60);
    assert.equal(done, 1);
    assert.ok(looks > 20 && looks < 40, String(looks));
  });

  it('takes no notice of one whose client does not answer', () => {
    underWay = [{ cookie: 1n, retransmissions: 3 }];
    wait();
    assert.equal(done, 1);
  });

  it('does not wait where handshakes cannot be read', () => {
    handshakes = new Handshakes(
      {
        handshakes: () => {
          throw new Error('EMFILE');
        },
      },
      time,
    );
    wait();
    assert.equal(done, 1);
  });

  it('calls nobody any more once it is closed', () => {
    begin(1n);
    wait();
    handshakes.close();
    time.pass(5_000);
    assert.equal(done, 0);
  });
});

describe('emptying a listener that nobody accepts from', () => {
  const entry = { slot: 3, info: { port: PORT } } as CustodyEntry;
  let queued = 0;
  let relieved: number[] = [];
  let over = false;
  let done = 0;
  /** Does who is asked take everything. */
  let helps = false;
  const empty = (longestMs = 10_000) => {
    relieved = [];
    over = false;
    done = 0;
    const host = {
      queued: () => queued,
      relieve: (slot: number) => {
        relieved.push(slot);
        if (helps) queued = 0;
      },
    };
    const emptying = new Emptying(handshakes, time, host);
    emptying.begin(
      entry,
      longestMs,
      () => over,
      () => (done += 1),
    );
    return emptying;
  };

  it('is done at once when nothing waits and nothing comes', () => {
    queued = 0;
    empty();
    assert.deepEqual([done, relieved], [1, []]);
  });

  it('has the queue taken over, again and again until it is empty and nothing is on its way', () => {
    begin(1n);
    queued = 2;
    helps = true;
    empty();
    time.pass(20);
    assert.deepEqual(new Set(relieved), new Set([3]));
    // The handshake ends, and its connection is in the queue; whoever is asked first dies before it takes it.
    begin();
    queued = 1;
    helps = false;
    time.pass(60);
    assert.equal(done, 0);
    helps = true;
    time.pass(200);
    assert.equal(done, 1);
    assert.equal(time.waiting, 0);
  });

  it('is done when it is no longer needed, and at the latest after its time', () => {
    helps = false;
    queued = 1;
    empty();
    over = true;
    time.pass(200);
    assert.equal(done, 1);
    empty(3_000);
    time.pass(2_900);
    assert.equal(done, 0);
    time.pass(200);
    assert.equal(done, 1);
    assert.equal(queued, 1);
  });

  it('does not wait for a handshake longer than a second one of its SYN-ACKs takes', () => {
    begin(1n);
    queued = 0;
    empty();
    time.pass(HANDSHAKES_MS - 10);
    assert.equal(done, 0);
    time.pass(100);
    assert.equal(done, 1);
  });

  it('calls nobody any more once it is closed', () => {
    queued = 1;
    const emptying = empty();
    emptying.close();
    time.pass(60_000);
    assert.equal(done, 0);
  });
});
