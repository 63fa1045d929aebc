/** What ours is compared with. */
import type { Installed } from '../install.js';
import { ClusterSubject } from './rival-cluster.js';
import { Ours } from './ours.js';
import { Pm2Subject } from './rival-pm2.js';
import { WattSubject } from './rival-watt.js';
import type { Rival } from './subject.js';

const only =
  (...scenarios: string[]) =>
  (scenario: string) =>
    scenarios.includes(scenario) ? undefined : 'has no such thing';

export function rivalsOf(asNobody: boolean, { pm2, watt }: Installed): Rival[] {
  return [
    { name: 'reuseport', refuses: () => undefined, start: (plan) => Ours.start(plan, asNobody) },
    { name: 'cluster', refuses: only('reload', 'kill'), start: (plan) => ClusterSubject.start(plan) },
    {
      name: 'pm2',
      refuses: (scenario) => (typeof pm2 === 'string' ? pm2 : only('reload', 'kill')(scenario)),
      start: (plan) => {
        if (typeof pm2 === 'string') throw new Error(pm2);
        return Pm2Subject.start(plan, pm2.folder);
      },
    },
    {
      name: 'watt',
      refuses: (scenario) => {
        if (typeof watt === 'string') return watt;
        return scenario === 'kill' ? 'its workers are threads of one process' : only('reload')(scenario);
      },
      start: (plan) => {
        if (typeof watt === 'string') throw new Error(watt);
        return WattSubject.start(plan, watt.folder, watt.node.file);
      },
    },
  ];
}
