import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SimulatedSize, type SteadyLoad } from '../helpers/simulated-size.js';

const scene = fc
  .record({
    min: fc.integer({ min: 1, max: 64 }),
    more: fc.integer({ min: 0, max: 63 }),
    above: fc.nat(63),
    threads: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 8 })),
    processors: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.double({ min: 0.5, max: 8, noNaN: true })),
    computes: fc.double({ min: 0, max: 80, noNaN: true }),
    blocks: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 80, noNaN: true })),
  })
  .map(({ min: asked, more, above, threads, processors, ...load }) => {
    const most = Math.floor(64 / threads);
    const min = Math.min(most, asked);
    const max = Math.min(most, min + more);
    const rules = { min, max, threads, shrinkAfterMs: 60_000, processors };
    return { rules, load, workers: Math.min(max, min + above) };
  });

const rises = (sizes: readonly number[]) => sizes.slice(1).map((size, index) => size > (sizes[index] ?? 0));

test('a steady load comes to rest, by steps in one direction, within the range', () => {
  fc.assert(
    fc.property(scene, ({ rules, load, workers }) => {
      const simulated = new SimulatedSize(workers, rules);
      simulated.look(load, 600);
      const reached = [...simulated.sizes];
      simulated.look(load, 600);
      assert.deepEqual(simulated.sizes, reached);
      assert.ok(new Set(rises(reached)).size <= 1, reached.join());
      assert.ok(reached.every((size) => size >= rules.min && size <= rules.max));
    }),
    { numRuns: 300 },
  );
});

test('nor does it flap where the readings of a steady load differ by a twentieth', () => {
  const noise = fc.infiniteStream(fc.double({ min: -0.05, max: 0.05, noNaN: true }));
  fc.assert(
    fc.property(scene, noise, ({ rules, load, workers }, stream) => {
      const simulated = new SimulatedSize(workers, rules);
      simulated.look(load, 400, () => stream.next().value ?? 0);
      assert.ok(new Set(rises(simulated.sizes)).size <= 1, simulated.sizes.join());
    }),
    { numRuns: 100 },
  );
});

test('loops that only compute are never made more than there are processors, but for the last whole worker', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 32 }),
      fc.double({ min: 0, max: 80, noNaN: true }),
      fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 8 })),
      (processors, computes, threads) => {
        const rules = { min: 1, max: Math.floor(64 / threads), threads, shrinkAfterMs: 60_000, processors };
        const simulated = new SimulatedSize(1, rules);
        simulated.look({ computes, blocks: 0 }, 200);
        const most = Math.ceil(processors / threads);
        assert.ok(simulated.workers <= most, `${simulated.workers} of ${threads} loops on ${processors}`);
      },
    ),
    { examples: [[16, 12.8, 1]] },
  );
});

test('whatever was, a load that ends leaves the least number of workers', () => {
  const loads = fc.array(
    fc.record<SteadyLoad>({
      computes: fc.double({ min: 0, max: 20, noNaN: true }),
      blocks: fc.double({ min: 0, max: 20, noNaN: true }),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(loads, (all) => {
      const simulated = new SimulatedSize(1, { min: 1, max: 64, threads: 1, shrinkAfterMs: 60_000, processors: 8 });
      for (const load of all) simulated.look(load, 30);
      simulated.look({ computes: 0, blocks: 0 }, 500);
      assert.equal(simulated.workers, 1);
    }),
  );
});
