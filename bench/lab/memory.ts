import { readRssBytes } from '../../src/supervisor/proc.js';
import { pssBytes } from '../process-tree.js';
import type { SteeringServer } from '../steering/steering-server.js';
import type { LabMetric } from './result.js';

export const MEMORY: LabMetric = { key: 'memory MB', title: 'memory of all processes', unit: 'MB', better: 'less' };

/** What several have in common is shared out among them (Pss), where that may be read. */
export function memoryMegabytes(server: SteeringServer): number {
  return server.process.tree().reduce((sum, { pid }) => sum + (pssBytes(pid) ?? readRssBytes(pid) ?? 0), 0) / 1e6;
}
