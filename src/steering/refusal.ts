/** What the kernel's verifier said of a program, in one sentence. */
import { ReuseportError } from '../errors.js';
import type { VerifierError } from '../native/kernel-addon.js';

/** An instruction as the verifier prints it: `17: (79) r1 = *(u64 *)(r5 +0)`. */
const INSTRUCTION = /^\d+: \([0-9a-f]{2}\) /;
/** What follows the reason, and what is printed along the way. */
const NOISE =
  /^(processed \d+ insns|verification time|stack depth|max_states|peak_states|from \d+ to \d+|last_idx|regs=|mark_precise|parent |\d+: R|;|$)/;

/** The reason, with the instruction that it is about; null when the log names none. */
export function reasonOf(log: string): string | null {
  const lines = log.split('\n').map((line) => line.trim());
  const reason = lines.findLastIndex((line) => !NOISE.test(line) && !INSTRUCTION.test(line));
  if (reason < 0) return null;
  const at = lines.slice(0, reason).findLast((line) => INSTRUCTION.test(line));
  // Newer kernels print the state of the registers behind the instruction.
  const instruction = at?.replace(/\s+; R\d.*$/, '');
  return instruction === undefined ? (lines[reason] ?? null) : `${lines[reason]}, at ${instruction}`;
}

/** `name` of the policy. The whole log is in the error's field `verifierLog`. */
export function explainRefusal(name: string, error: VerifierError): ReuseportError {
  const { verifierLog, code } = error;
  const why = reasonOf(verifierLog) ?? error.message;
  const advice = verifierLog === '' ? '' : " The verifier's whole log is in the field verifierLog.";
  const message = `policy "${name}": the kernel refused the program (${code}): ${why}.${advice}`;
  return new ReuseportError('ERR_PROGRAM', message, { cause: error, fields: { policy: name, code, verifierLog } });
}
