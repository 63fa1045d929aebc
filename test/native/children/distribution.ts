/**
 * Connects to a group that nobody accepts from, 100 clients at a time. The argument is JSON: the policy, how many slots and how
 * many connections. Prints for each slot how many connections wait there and how many the kernel program counted.
 */
import { SteeredGroup } from '../steered-group.js';

export interface Task {
  policy: string;
  slots: number;
  connections: number;
}

export interface Distribution {
  queued: number[];
  assigned: number[];
}

const { policy, slots, connections } = JSON.parse(process.argv[2] ?? '') as Task;
const group = new SteeredGroup(policy, slots);
const queued = await group.connect(connections);
const result: Distribution = { queued, assigned: queued.map((_, slot) => group.page.read(slot, 'assigned')) };
group.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
