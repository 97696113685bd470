/* The invoice editor: all of it is the editor of lines. */

import { edits } from "./editor/start.js";

edits();
