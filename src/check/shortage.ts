/** Refusals that say nothing of what the kernel allows: no descriptor, no memory, no loopback. */
const SHORTAGES = /: (EMFILE|ENFILE|ENOMEM|ENOBUFS|EADDRNOTAVAIL)$/;

export function isShortage(why: string): boolean {
  return SHORTAGES.test(why);
}
