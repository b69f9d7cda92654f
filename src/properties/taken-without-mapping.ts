/**
 * P-GUP: a walker without locks takes no reference of a page that the entry which it read first does not map. What an
 * entry maps is what whoever stored it meant by it; that its bits look like a mapping is not enough. It is judged as
 * the reference is taken: dropping it again, after a second look at the entry, has touched a foreign count already.
 */
import { assert } from "../model/builder.ts";
import type { KernelProperty } from "./property.ts";
import { hugeOf } from "./unintended-entry.ts";

const NAME = "taken-without-mapping";

export const takenWithoutMapping: KernelProperty = {
  name: NAME,
  aliases: ["P-GUP"],
  says: "a walker without locks takes no reference of a page that the entry it read does not map",
  attach: (system) => {
    const { entries } = hugeOf(system, NAME);
    system.builder.assertion(NAME, {
      aliases: takenWithoutMapping.aliases,
      consequence: "a reference was taken of a page that was not mapped",
    });
    system.observers.add({
      pageTaken: (thread, page, entry) =>
        assert(NAME, entries.mapped(entry).is(page), [
          `${thread} takes a reference of `,
          page,
          ", which the entry that it has read does not map",
        ]),
    });
  },
};
