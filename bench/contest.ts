/** Who is compared with whom, under the loads of `loads.ts`. */
import { baselineName, rivals } from './rivals.js';
import type { Rival } from './rivals.js';

export interface Contest {
  /** Of the result, and of its file. */
  name: string;
  rivals: readonly Rival[];
  /** The rival that ratios are made against, and what heads their columns. */
  baseline: string;
  against: string;
}

export const contrast: Contest = { name: 'contrast', rivals, baseline: baselineName, against: 'cluster' };
