/** What the kernel and this Node allow for steering. */
import type { Capability } from '../steering/capabilities.js';
import type { Facts } from './facts.js';
import { waysToGive } from './judge-rights.js';
import type { Reading } from './reading.js';
import { type Judgement, unknownRow } from './rows.js';
import { isShortage } from './shortage.js';

export function judgeEbpf(facts: Facts): Judgement {
  const title = 'eBPF steering';
  const { capabilities, choice, auto } = facts;
  const { ok, why } = capabilities.ebpf;
  const reason = (ok ? auto.why : why) ?? 'refused';
  if (ok && auto.ok) {
    const meaning = 'A program in the kernel can choose the worker of each connection: every policy is available.';
    return { status: 'ok', title, value: 'a program with a sockarray loads and attaches', meaning, mend: [] };
  }
  if (isShortage(reason)) return unknownRow(title, reason, 'It could not be tried.');
  if (ok) return judgeTooLarge(facts, reason);
  const meaning = `Policies that need a program are refused; --steer auto is "${choice.used}". ${causeOf(reason)}`;
  return { status: 'notice', title, value: reason, meaning, mend: [] };
}

/** A program for one worker loads, the one for all of them does not. */
function judgeTooLarge(facts: Facts, reason: string): Judgement {
  const { host, rights } = facts;
  const row = { status: 'notice', title: 'eBPF steering', value: reason } as const;
  const what = `A program for one worker loads, the one for ${host.workers} does not, and the kernel's own hash decides.`;
  const isTrusted = rights.known && (rights.value.capPerfmon || rights.value.capSysAdmin);
  if (isTrusted || !/: (EACCES|E2BIG)$/.test(reason)) {
    const mend = ['update the kernel', 'reuseport … --steer adaptive'];
    return { ...row, meaning: `${what} Fewer workers may do.`, mend };
  }
  const why = 'Without CAP_PERFMON the verifier follows what a processor might do speculatively too, and gives up.';
  return {
    ...row,
    meaning: `${what} ${why}`,
    mend: [...waysToGive(facts, ['BPF', 'PERFMON']), 'reuseport … --steer adaptive'],
  };
}

function causeOf(why: string): string {
  if (why.endsWith('EPERM')) return 'See CAP_BPF.';
  if (why.endsWith('EACCES')) return 'The verifier refuses it, as it does without CAP_PERFMON on some kernels.';
  if (why.endsWith('ENOSYS')) return 'There is no bpf(2): a kernel without CONFIG_BPF_SYSCALL, or a sandbox.';
  return 'The kernel is too old for it (SK_REUSEPORT: 4.19, mmapable maps: 5.5), or built without it.';
}

export function judgePage({ capabilities }: Facts): Judgement {
  const title = 'mmapable maps';
  const { ok, why } = capabilities.page;
  if (ok) {
    const meaning = 'Workers tell the program what their loops are doing by plain stores, without a system call.';
    return { status: 'ok', title, value: 'kernel program and workers share memory', meaning, mend: [] };
  }
  const reason = why ?? 'refused';
  if (isShortage(reason)) return unknownRow(title, reason, 'It could not be tried.');
  const meaning = `The program could not see what the loops are doing, and so is not used. ${causeOf(reason)}`;
  return { status: 'notice', title, value: reason, meaning, mend: [] };
}

export function judgeClassic({ capabilities }: Facts): Judgement {
  const title = 'classic BPF';
  const { ok, why } = capabilities.classic;
  if (ok) {
    const meaning = 'Without any right, connections can be kept from workers that are stuck or draining.';
    return { status: 'ok', title, value: 'a program attaches', meaning, mend: [] };
  }
  const reason = why ?? 'refused';
  if (isShortage(reason)) return unknownRow(title, reason, 'It could not be tried.');
  if (capabilities.ebpf.ok && capabilities.page.ok) {
    return { status: 'ok', title, value: reason, meaning: 'Not needed, because eBPF is allowed.', mend: [] };
  }
  const meaning = 'Nothing can steer: the kernel goes on giving connections to workers that are stuck or draining.';
  return { status: 'problem', title, value: reason, meaning, mend: ['update the kernel: 4.6 or newer'] };
}

export function judgeIncomingCpu({ incomingCpu }: Facts): Judgement {
  const title = 'SO_INCOMING_CPU';
  return judgeTrial(title, incomingCpu, {
    value: 'decides within a group',
    ok: "A connection goes to the listener whose incomingCpu handled its SYN (the library's Listener has the option).",
    notice: 'The incomingCpu of a listener has no effect in a group before Linux 6.2; "--steer cpu" does the same.',
  });
}

export function judgeLoopProbe({ loopProbe, host }: Facts): Judgement {
  return judgeTrial('loop probe', loopProbe, {
    value: `sees each turn of the event loop (Node ${host.node})`,
    ok: 'Idle, busy and stuck loops are told apart within milliseconds.',
    notice:
      'Whether a loop is busy cannot be seen: "idle" goes by waiting connections alone, and a loop counts as stuck only ' +
      'when something waits for it. The builds of Node from nodejs.org and of Debian can be seen into.',
  });
}

function judgeTrial(
  title: string,
  trial: Reading<Capability>,
  texts: { value: string; ok: string; notice: string },
): Judgement {
  if (!trial.known) return unknownRow(title, trial.why, 'It could not be tried.');
  const { ok, why } = trial.value;
  if (ok) return { status: 'ok', title, value: texts.value, meaning: texts.ok, mend: [] };
  return { status: 'notice', title, value: why ?? 'refused', meaning: texts.notice, mend: [] };
}
