// The commands of the README and of CONTRIBUTING.md, run as a reader would.
import { testPages } from '../helpers/docs-pages.js';

testPages(['README.md', 'CONTRIBUTING.md']);
