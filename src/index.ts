export { ReuseportError } from './errors.js';
