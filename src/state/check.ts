import { ReuseportError } from '../errors.js';
import { MAX_ROWS } from './layout.js';

/** @throws ReuseportError ERR_ARGUMENT for what is no slot */
export function checkSlot(slot: number): void {
  checkInteger('slot', slot, 0, MAX_ROWS - 1);
}

/** @throws ReuseportError ERR_ARGUMENT that names what is wrong */
export function checkInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const message = `${name}: expected an integer from ${least} to ${most}, got ${String(value)}`;
  throw new ReuseportError('ERR_ARGUMENT', message, { fields: { [name]: value } });
}
