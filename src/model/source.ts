/** Finds the line of the model file that a call to the builder came from. */
import type { Source } from "./model.ts";

/** The folder of this installation (`src/` or `dist/`): frames inside are ours, the first one outside is the author's. */
const ownFolder = readable(new URL("..", import.meta.url).href);

/** Matches the location at the end of a V8 stack frame, in parentheses or bare. */
const LOCATION = /\(?([^\s()][^()]*?):(\d+):(\d+)\)?$/;

let fixed: { readonly source: Source | null } | null = null;

/** Runs `build` with every position that it asks for answered by `source`: for parts built after the author's call. */
export function atSource<T>(source: Source | null, build: () => T): T {
  const before = fixed;
  fixed = { source };
  try {
    return build();
  } finally {
    fixed = before;
  }
}

/**
 * The position of the nearest stack frame outside of tlbcheck, or null where the engine gives none. For a
 * bundled model file this is a position in the bundle, which the loader maps back to the file.
 */
export function callerSource(): Source | null {
  if (fixed) return fixed.source;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = limit;
  for (const line of stack.split("\n").slice(1)) {
    const match = LOCATION.exec(line.trim().replace(/^at (async )?/, ""));
    const file = match?.[1]?.replace(/^.*\((?=file:|data:|\/)/, "");
    if (!match || !file || isOurs(file) || /^(node:|native|<anonymous>)/.test(file)) continue;
    return { file: readable(file), line: Number(match[2]), column: Number(match[3]) };
  }
  return null;
}

function isOurs(file: string): boolean {
  return readable(file).startsWith(ownFolder) || file.includes("/node_modules/immutable/");
}

/** The path of a frame, which names its file by path or, with spaces and the like encoded, by URL. */
function readable(file: string): string {
  return file.startsWith("file://") ? decodeURIComponent(file.slice("file://".length)) : file;
}
