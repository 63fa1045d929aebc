// The commands of docs/ and examples/, run as a reader would.
import { PAGES } from '../helpers/docs-commands.js';
import { testPages } from '../helpers/docs-pages.js';

testPages(Object.keys(PAGES).filter((page) => !['README.md', 'CONTRIBUTING.md'].includes(page)));
