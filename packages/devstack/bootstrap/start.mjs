// npm start: all of Storm on this machine. Needs nothing but Node.
import { built, setUp } from './set-up.mjs';

await setUp();
await built('main.js');
