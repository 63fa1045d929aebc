/**
 * A group with clients of many addresses, for a network of its own. The argument is JSON: the first policy, the address of
 * the listeners, how many slots, and steps. Prints what each step came to: the slot of each client, in order.
 */
import { SteeredGroup } from '../steered-group.js';

export interface Task {
  policy: string;
  host: string;
  slots: number;
  steps: ({ clients: string[] } | { policy: string } | { slots: number } | { away: number } | { back: number })[];
}

const { policy, host, slots, steps } = JSON.parse(process.argv[2] ?? '') as Task;
const group = new SteeredGroup(policy, slots, host);
const results: number[][] = [];
for (const step of steps) {
  if ('clients' in step) {
    results.push(await group.slotsOf(step.clients));
    group.empty();
  } else if ('policy' in step) group.steering.steer(step.policy);
  else if ('away' in step) group.page.setFlag(step.away, 'draining', true);
  else if ('back' in step) group.page.setFlag(step.back, 'draining', false);
  else while (group.fds.length < step.slots) group.add();
}
group.close();
process.stdout.write(`${JSON.stringify(results)}\n`);
