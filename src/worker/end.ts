/** Ends as the program would on a signal: by its own handlers where it has some, so that they can clean up. */
export function endProgram(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    if (process.listenerCount(signal) === 0) continue;
    // Not kill(2): with nothing left to do, the loop may be over before it looks at a signal.
    process.emit(signal, signal);
    return;
  }
  process.exit();
}
