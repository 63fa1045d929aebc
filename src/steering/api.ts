/**
 * `reuseport/program`: what a steering program of one's own is written with. A {@link Choose} is given to a
 * `SteeringGroup`; docs/library.md shows how.
 */
export { FLAG, KERNEL_PAGE, MAX_ROWS, offsetOf, PAGE_BYTES, ROW, ROW_BYTES, ROWS_START } from '../state/layout.js';
export {
  type AluOperation,
  Assembler,
  type Comparison,
  HELPER,
  type Label,
  type Register,
  type Width,
} from './assembler.js';
export { loadIsUnusable, loadPending, pick, random, skipUnweighted, smallest } from './policies/scan.js';
export { leastConnections, leastPending, loadConnections } from './policies/simple.js';
export { buildProgram, type Choose, CONTEXT, forget, NOBODY, type ProgramInput } from './program.js';
