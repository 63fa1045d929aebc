/** What of the report the lab needs; bundled. */
export { runReport } from './report/main.js';
export { writeReport } from './report/write.js';
