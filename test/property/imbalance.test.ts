import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SimulatedLoops } from '../helpers/simulated-loops.js';

const weight = fc.double({ min: 0.01, max: 1.5, noNaN: true });
const loops = fc.array(fc.array(weight, { maxLength: 12 }), { minLength: 2, maxLength: 8 });
/** More than the longest back-off has. */
const LONG = 1_600;

const spreadOf = (sums: readonly number[]) => sums.reduce((sum, one) => sum + one ** 2, 0);

test('a steady load comes to rest, and no move makes it less even', () => {
  fc.assert(
    fc.property(loops, (all) => {
      const simulated = new SimulatedLoops(all);
      for (let look = 0; look < 400; look += 1) {
        const [before, moves] = [spreadOf(simulated.sums), simulated.moves];
        simulated.look(1);
        if (simulated.moves > moves) assert.ok(spreadOf(simulated.sums) < before);
      }
      const { moves } = simulated;
      simulated.look(LONG);
      assert.equal(simulated.moves, moves);
    }),
    { numRuns: 40 },
  );
});

test('balanced loops keep their connections, whatever the readings differ by within a tenth', () => {
  const noise = fc.infiniteStream(fc.double({ min: -0.1, max: 0.1, noNaN: true }));
  fc.assert(
    fc.property(fc.array(weight, { maxLength: 12 }), fc.integer({ min: 2, max: 8 }), noise, (loop, count, stream) => {
      const simulated = new SimulatedLoops(Array.from({ length: count }, () => loop));
      simulated.look(400, () => stream.next().value ?? 0);
      assert.equal(simulated.moves, 0);
    }),
    { numRuns: 40 },
  );
});

test('no connection is left on a loop without room while another is idle, if it fits there', () => {
  const small = fc.double({ min: 0.05, max: 0.25, noNaN: true });
  fc.assert(
    fc.property(fc.array(small, { minLength: 8, maxLength: 20 }), fc.integer({ min: 2, max: 6 }), (loop, count) => {
      const simulated = new SimulatedLoops([loop, ...Array.from({ length: count - 1 }, () => [])]);
      simulated.look(400);
      const { sums } = simulated;
      const [most, least] = [Math.min(1, Math.max(...sums)), Math.min(...sums)];
      assert.ok(most < 0.6 || most - least < 0.6, sums.map((sum) => sum.toFixed(2)).join());
    }),
    { numRuns: 100 },
  );
});
