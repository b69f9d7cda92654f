/** How paths are shown. */
import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The models that come with tlbcheck. */
export const OWN_MODELS = fileURLToPath(new URL("../../models", import.meta.url));

/** Relative to the working directory if the file lies below it, else absolute. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === "" || path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path) ? file : path;
}
