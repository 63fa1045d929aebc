/** An answer that takes longer never comes. */
export const PATIENCE_MS = 25_000;
