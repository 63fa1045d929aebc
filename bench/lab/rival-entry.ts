import type { ToolName } from '../debian.js';
import type { SteeringRival } from '../steering/rivals.js';
import type { LabRival } from './result.js';

/** How a rival is started, and what a reader is told of it. */
export interface RivalEntry {
  rival: SteeringRival;
  title: string;
  family: LabRival['family'];
  runtime: string | undefined;
  /** Of Debian's packages, where it needs one. */
  tool?: ToolName;
}
